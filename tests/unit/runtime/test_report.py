"""Reports: errors are told by what is missing, and no value of a variable is in them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nuages_runtime import report
from nuages_runtime.given.surroundings import statsd_variables


def explained(action: object) -> dict[str, object]:
    try:
        action()  # type: ignore[operator]
    except Exception as error:
        return report.explain(error, "settings", "/app")
    raise AssertionError("nothing was raised")


def test_a_variable_that_is_not_set_is_named() -> None:
    told = explained(lambda: os.environ["NO_SUCH_VARIABLE"])
    assert told["message"] == "the variable NO_SUCH_VARIABLE is not set"


def test_another_missing_key_is_not_taken_for_a_variable() -> None:
    assert explained(lambda: {}["NO_SUCH_KEY"])["message"] == "'NO_SUCH_KEY'"


@pytest.mark.parametrize(
    "text",
    [
        "Set the API_KEY environment variable",
        "API_KEY not found. Declare it as envvar or define a default value.",
        'Environment variable "API_KEY" not set',
    ],
)
def test_the_words_of_settings_libraries_are_understood(text: str) -> None:
    def fail() -> None:
        raise ValueError(text)

    assert explained(fail)["hint"] == "Set it: nuages config APP set API_KEY=..."


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Environment variables invalid: {'A_KEY': ['Environment variable not set.'], "
         "'PORT': ['Environment variable not set.']}", ["A_KEY", "PORT"]),
        ("Missing required environment variables: A_KEY, PORT and MODE", ["A_KEY", "PORT", "MODE"]),
        ("Please set ['A_KEY', 'PORT'] in .env", ["A_KEY", "PORT"]),
        ("Environment variable A_KEY or B_KEY must be set", []),
        ("A_KEY and HOME must be set", ["A_KEY"]),
    ],
)  # fmt: skip
def test_several_variables_are_named_at_once(text: str, names: list[str]) -> None:
    scope = {"__name__": "settings"}
    code = compile(f"raise ValueError({text!r})", "/app/settings.py", "exec")
    told = explained(lambda: exec(code, scope))  # noqa: S102
    also = told["also"]
    assert isinstance(also, list)
    assert [told["variable"], *(row["variable"] for row in also)] == (names or [""])


def test_environs_says_whose_value_does_not_fit() -> None:
    def fail() -> None:
        raise ValueError("Environment variables invalid: {'LIMIT': ['Not a valid integer.']}")

    told = explained(fail)
    assert (told["variable"], told["doubt"]) == ("", "LIMIT")


def test_values_of_variables_are_taken_out_wherever_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API_TOKEN", "canary-1234")
    document = {"a": ["x canary-1234 y"], "b": ("canary-1234",), "n": 1}
    assert report.redact(document) == {"a": ["x [redacted] y"], "b": ["[redacted]"], "n": 1}


@pytest.mark.parametrize("form", ["canary/1234", "canary%2F1234", "Y2FuYXJ5LzEyMzQ=", "p@ssword"])
def test_other_forms_of_a_value_are_taken_out_too(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("API_TOKEN", "canary/1234")
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:p%40ssword@db/shop")
    assert form not in str(report.redact(f"with {form} in it"))


def test_public_variables_are_left_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAIN", "polls.localhost")
    assert report.redact("for polls.localhost") == "for polls.localhost"


def test_where_statsd_is_received_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in statsd_variables().items():
        monkeypatch.setenv(name, value)
    said = "no connection to 127.0.0.1:9125"
    assert report.redact(said) == said


def test_names_and_paths_in_a_report_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("STATIC_ROOT", "/app/collected")
    error = {"file": "mysite/settings/production.py", "message": "in production"}
    document = {
        "opened": ["mysite/settings/production.py"],
        "static_root": "/app/collected",
        "warnings": ["in production"],
        "plan": [{"app": "production", "name": "0001", "operations": ["Add production"]}],
        "error": error,
    }
    report.write(document, str(tmp_path))
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "opened": ["mysite/settings/production.py"],
        "static_root": "/app/collected",
        "warnings": ["in [redacted]"],
        "plan": [{"app": "production", "name": "0001", "operations": ["Add [redacted]"]}],
        "error": {**error, "message": "in [redacted]"},
    }
