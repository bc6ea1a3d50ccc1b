"""Tests of the stand-ins for hidden config vars."""

from __future__ import annotations

import pytest

from nuages.build.standins import stand_in, stand_ins
from nuages.core.facts import VariableRead


def read(name: str, cast: str = "str", *, required: bool = True) -> VariableRead:
    return VariableRead(name, "settings.py", 1, None, cast, "", required)


def test_only_what_the_settings_cannot_load_without_is_stood_in_for() -> None:
    reads = [read("STRIPE_KEY"), read("SENTRY_DSN", required=False), read("NOT_SET")]

    assert stand_ins(["STRIPE_KEY", "SENTRY_DSN", "OTHER"], reads) == {"STRIPE_KEY": "build"}


@pytest.mark.parametrize(
    ("name", "cast", "value"),
    [
        ("WORKERS", "int", "0"),
        ("FEATURE", "bool", "False"),
        ("ADMINS", "list", ""),
        ("RATIO", "unknown", "0"),
        ("OTHER_DATABASE", "url", "sqlite://:memory:"),
        ("CACHE_URL", "url", "locmemcache://"),
        ("SENTRY_DSN", "str", "https://build@localhost/1"),
        ("BROKER_URL", "str", "http://localhost/"),
        ("STRIPE_KEY", "equals:live", "build"),
    ],
)
def test_a_stand_in_has_the_kind_of_its_variable(name: str, cast: str, value: str) -> None:
    assert stand_in(name, cast) == value
