"""What a build and Django itself say becomes findings, each once."""

from __future__ import annotations

import pytest

from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.finding import Needs, Severity
from nuages.core.image import NeededVariable, ProbeReport
from nuages.inspect.declared.built import NOT_BUILT
from nuages.inspect.declared.catalogue import RULES
from nuages.inspect.rules.built import check_changes, check_django, check_image, failed


def row(code: str, level: str = "warning", **more: str) -> dict[str, str]:
    return {"id": code, "level": level, "message": "Something.", "hint": "", "object": "", **more}


def test_djangos_checks_keep_their_names_and_words() -> None:
    (said,) = check_django([row("security.W004", hint="Do it.", object="polls.Poll")], [])

    assert (said.code, said.message, said.fix) == (
        "django.security.W004",
        "polls.Poll: Something.",
        "Do it.",
    )


@pytest.mark.parametrize(
    ("level", "severity"),
    [("error", Severity.ERROR), ("warning", Severity.WARNING), ("debug", Severity.INFO)],
)
def test_the_level_of_a_check_is_its_severity(level: str, severity: Severity) -> None:
    (said,) = check_django([row("models.X001", level)], [])

    assert said.severity is severity


def test_a_check_that_is_a_rule_too_is_said_once_under_its_code() -> None:
    (said,) = check_django([row("security.W018")], [])

    assert said.code == "inspect.W011"
    assert list(check_django([row("security.W018")], ["inspect.W011"])) == []


def test_a_rule_that_is_strict_for_the_source_is_so_for_the_built_project() -> None:
    (said,) = check_django([row("security.W018")], [], strict=True)

    assert (said.code, said.severity) == ("inspect.W011", Severity.ERROR)


def test_a_variable_that_was_given_is_not_said_to_be_unset() -> None:
    report = ProbeReport("5.2", "3.12", "x", needed=(NeededVariable("KEY"), NeededVariable("ID")))

    (needed,) = check_image(report, ["KEY"])

    assert needed.message.startswith("ID ")


def test_changes_are_one_finding_for_each_app() -> None:
    changes = [{"app": "a", "operation": "Add x"}, {"app": "a", "operation": "Add y"},
               {"app": "b", "operation": "Add z"}]  # fmt: skip

    first, second = check_changes(changes)

    assert "Add x; Add y" in first.message
    assert second.fix.endswith("makemigrations b")


def test_what_the_build_saw_is_said_with_its_place() -> None:
    report = ProbeReport("5.2", "3.12", "x", warnings=("Odd",),
                         needed=(NeededVariable("KEY", "a.py", 3),))  # fmt: skip

    warned, needed = check_image(report, ())

    assert (warned.code, warned.message) == ("inspect.W121", "Odd")
    assert (needed.file, needed.line) == ("a.py", 3)
    assert "--set KEY=VALUE" in needed.fix


def test_an_error_is_a_finding_with_its_own_fix_and_code() -> None:
    code = ErrorCode("build.E999", "It failed", "Mend it.")

    said = failed(NOT_BUILT, NuagesError(code, "No such package"))

    assert (said.code, said.fix) == ("inspect.E030", "Mend it.")
    assert "No such package (build.E999)" in said.message


def test_each_kind_of_rule_is_declared() -> None:
    assert {rule.needs for rule in RULES.values()} == set(Needs)
