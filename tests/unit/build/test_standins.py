"""Tests of the stand-ins for hidden config vars."""

from __future__ import annotations

import base64

import pytest

from nuages.build.probe import ProbeResult, SettingsError
from nuages.build.variables.standins import MOST, Search, guesses, stand_in, stand_ins
from nuages.core.facts import VariableRead
from nuages.core.image import NeededVariable, ProbeReport


def read(name: str, cast: str = "str", *, required: bool = True) -> VariableRead:
    return VariableRead(name, "settings.py", 1, None, cast, "", required)


def test_only_what_the_settings_cannot_load_without_is_stood_in_for() -> None:
    reads = [read("STRIPE_NAME"), read("SENTRY_DSN", required=False), read("NOT_SET")]

    assert stand_ins(["STRIPE_NAME", "SENTRY_DSN", "OTHER"], reads) == {"STRIPE_NAME": "build"}


def test_a_key_is_long_and_the_same_each_time() -> None:
    key = stand_in("PAYMENT_KEY")

    assert len(key) == 44
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert key == stand_in("PAYMENT_KEY") != stand_in("OTHER_KEY")


def test_guesses_begin_with_the_likeliest_and_are_of_every_kind() -> None:
    tried = guesses("LIMIT")

    assert tried[0] == "build"
    assert {"0", "http://localhost/", "sqlite:////tmp/x", "{}", "False"} <= set(tried)
    assert len(tried) == len(set(tried))


@pytest.mark.parametrize(
    ("name", "cast", "value"),
    [
        ("WORKERS", "int", "0"),
        ("FEATURE", "bool", "False"),
        ("ADMINS", "list", ""),
        ("RATIO", "unknown", "0"),
        ("OTHER_DATABASE", "url", "sqlite:////tmp/x"),
        ("CACHE_URL", "url", "locmemcache://"),
        ("SENTRY_DSN", "str", "https://build@localhost/1"),
        ("BROKER_URL", "str", "http://localhost/"),
        ("STRIPE_KEY", "equals:live", "build"),
        ("BROKER", "scheme:amqp", "amqp://build:build@localhost/build"),
        ("MODE", "one:production", "production"),
    ],
)
def test_a_stand_in_has_the_kind_of_its_variable(name: str, cast: str, value: str) -> None:
    assert stand_in(name, cast) == value


def failed(said: str = "KeyError", **report: object) -> SettingsError:
    place = {"step": "settings", "file": "settings.py", "line": 7}
    return SettingsError({**place, **report}, f"settings.py:7: {said}", "", "")


def test_a_missing_variable_is_stood_in_for_and_needed_with_its_place() -> None:
    search = Search([read("LIMIT", "int")])

    assert search.learn(failed(variable="LIMIT"), {})
    assert search.values == {"LIMIT": "0"}
    report = search.finish(ProbeResult(ProbeReport("5", "3", "s"), None, None, None)).report
    assert report.needed == (NeededVariable("LIMIT", "settings.py", 7),)


def test_variables_that_are_missing_at_once_are_stood_in_for_at_once() -> None:
    search = Search([read("LIMIT", "int")])
    also = [
        {"variable": "LIMIT", "cast": "", "file": "settings.py", "line": 9},
        {"variable": "BASE", "cast": "postgres", "file": "", "line": None},
        {"variable": "NO NAME"},
    ]

    assert search.learn(failed(variable="MODE", cast="one:live", also=also), {})
    assert search.values == {
        "MODE": "live", "LIMIT": "0", "BASE": "postgres://build:build@localhost:5432/build"
    }  # fmt: skip
    report = search.finish(ProbeResult(ProbeReport("5", "3", "s"), None, None, None)).report
    assert NeededVariable("LIMIT", "settings.py", 9) in report.needed


def test_another_value_is_tried_for_the_one_that_is_said_not_to_fit() -> None:
    search = Search([])
    search.learn(failed(variable="FIRST", also=[{"variable": "SECOND"}]), {})
    before = dict(search.values)

    assert search.learn(failed("ValidationError: no number", doubt="FIRST"), search.values)
    assert search.values["FIRST"] != before["FIRST"]
    assert search.values["SECOND"] == before["SECOND"]


def test_where_no_frame_is_the_projects_inspection_knows_the_place() -> None:
    search = Search([read("LIMIT")])

    assert search.learn(failed(variable="LIMIT", file="", line=None), {})
    report = search.finish(ProbeResult(ProbeReport("5", "3", "s"), None, None, None)).report
    assert report.needed == (NeededVariable("LIMIT", "settings.py", 1),)


def test_an_error_of_a_variable_that_is_there_is_the_projects_own() -> None:
    assert not Search([]).learn(failed(variable="LIMIT"), {"LIMIT": "user's"})
    assert not Search([]).learn(failed("ValueError: no"), {})


@pytest.mark.parametrize("name", ["A B", "$(reboot)", "", "1A"])
def test_what_cannot_name_a_variable_is_none(name: str) -> None:
    assert not Search([]).learn(failed(variable=name), {})


def test_a_name_of_the_platforms_own_is_tried_once() -> None:
    search = Search([])

    assert search.learn(failed(variable="NUAGES_X"), {})
    assert not search.learn(failed(variable="NUAGES_X"), {})


def test_a_value_that_does_not_fit_is_followed_by_others_until_there_is_none() -> None:
    search = Search([])
    search.learn(failed(variable="LIMIT"), {})
    tried = [search.values["LIMIT"]]
    while search.learn(failed("ValueError: no number"), search.values):
        tried.append(search.values["LIMIT"])

    assert tried == list(guesses("LIMIT"))
    assert len(tried) < MOST


def test_the_same_words_again_end_it() -> None:
    search = Search([])

    assert search.learn(failed("ValueError: FOO must be set", variable="FOO"), {})
    assert not search.learn(failed("ValueError: FOO must be set"), search.values)


def test_there_is_an_end_to_it() -> None:
    search = Search([])

    assert all(search.learn(failed(variable=f"V{n}"), search.values) for n in range(MOST))
    assert not search.learn(failed(variable="ONE_MORE"), search.values)


def test_an_error_that_ends_it_says_what_was_stood_in_for() -> None:
    search = Search([])
    plain = failed("ValueError: no")
    assert search.explain(plain) is plain

    search.learn(failed(variable="PAYMENT_KEY"), {})
    told = search.explain(failed("ConnectionError: payments"))
    assert told.code.code == "build.E004"
    assert "PAYMENT_KEY (settings.py:7)" in told.details
    assert "set --plain NAME=VALUE" in told.details


@pytest.mark.parametrize(("hidden", "needed"), [((), ["SHOP_DB"]), (("DATABASE_URL",), [])])
def test_settings_that_refuse_the_platforms_own_database_see_a_server(hidden, needed) -> None:
    known = VariableRead("SHOP_DB", "settings.py", 3, None, "url", "DATABASES")
    search = Search([known], frozenset(hidden))
    assert search.learn(failed(doubt="SHOP_DB"), {"SHOP_DB": "sqlite:///:memory:"})
    assert search.values == {"SHOP_DB": "postgres://build:build@localhost:5432/build"}
    assert not search.learn(failed(doubt="SHOP_DB"), {"SHOP_DB": "x"})
    report = search.finish(ProbeResult(ProbeReport("5", "3", "s"), None, None, None)).report
    assert [each.name for each in report.needed] == needed
