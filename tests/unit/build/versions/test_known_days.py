"""Days that were found once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.plan import BuildPlan
from nuages.build.versions.known_days import KnownDay, forget_day, keep_day, known_day
from nuages.core.facts import Dependencies
from nuages.core.home import Home
from nuages.core.image import Blueprint

FOUND = KnownDay("2023-07-01", "module 'marshmallow' has no attribute '__version_info__'")
PLAN = BuildPlan(
    Dependencies("requirements", ".", ("requirements.txt",)),
    ("3.12",),
    (),
    "digest",
    ".",
    Blueprint("mysite.settings", "wsgi", "", ()),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_day_is_known_until_it_is_forgotten(home: Home) -> None:
    assert known_day(home, PLAN) is None
    keep_day(home, PLAN, FOUND)
    assert known_day(home, PLAN) == FOUND
    forget_day(home, PLAN)
    assert known_day(home, PLAN) is None


@pytest.mark.parametrize("changed", [{"input": "another"}, {"pythons": ("3.11", "3.12")}])
def test_another_list_or_python_is_asked_anew(home: Home, changed: dict[str, object]) -> None:
    keep_day(home, PLAN, FOUND)
    assert known_day(home, replace(PLAN, **changed)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "[]", '{"day": "2023-07-01"}', "\0"])
def test_what_cannot_be_read_is_not_known(home: Home, text: str) -> None:
    keep_day(home, PLAN, FOUND)
    next((home.cache / "days").iterdir()).write_text(text)
    assert known_day(home, PLAN) is None
