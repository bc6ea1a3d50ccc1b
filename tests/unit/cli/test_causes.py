"""Causes travel in problem documents, and are printed with their lines and their fix."""

from __future__ import annotations

import pytest

from nuages.cli.problems import print_error
from nuages.client.errors import problem_document, problem_error
from nuages.core.diagnosis import Diagnosis, Proof
from nuages.core.errors import ErrorCode, NuagesError

CAUSE = Diagnosis(
    "diagnose.C072",
    "The module 'yaml' is not installed; PyYAML brings it",
    "Only what is named is installed.",
    "Add a line to requirements.txt: PyYAML",
    (Proof(2, "No module named 'yaml'\x1b[2J"), Proof(0, "of the message")),
    "polls/views.py",
    6,
)
FAILED = NuagesError(
    ErrorCode("build.E004", "It failed", "Mend it."), "It failed", details="a\nb", causes=(CAUSE,)
)


def test_a_problem_document_gives_back_the_causes_that_were_put_into_it() -> None:
    again = problem_error(problem_document(FAILED), 0)

    assert again.causes == (CAUSE,)
    assert again.code.code == "build.E004"
    assert again.hint == "Mend it."


def test_a_document_of_an_older_platform_has_none() -> None:
    document = problem_document(FAILED)
    del document["causes"]

    assert problem_error(document, 0).causes == ()


def test_a_cause_is_printed_with_its_place_its_lines_and_its_fix(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_error(FAILED, as_json=False)

    assert capsys.readouterr().err.splitlines() == [
        "    a",
        "    b",
        "Error: It failed",
        "Cause: The module 'yaml' is not installed; PyYAML brings it (polls/views.py:6)",
        "      2 | No module named 'yaml'[2J",
        "Fix: Add a line to requirements.txt: PyYAML",
        "Code: build.E004, diagnose.C072 · nuages explain diagnose.C072",
    ]
