"""Django is asked about a built project: its checks, and changes that no migration makes."""

from __future__ import annotations

from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting


def test_a_change_of_a_model_without_a_migration_is_reported(any_polls: Project) -> None:
    models = any_polls.folder / "polls/models.py"
    models.write_text(models.read_text() + "    score = models.IntegerField(default=0)\n")

    outcome = run_reporting(any_polls, "examine")

    assert (outcome.code, outcome.report["error"]) == (0, None)
    assert {"app": "polls", "operation": "Add field score to question"} in (
        outcome.report["migrations"]
    )
    # Django's own apps are in step, and no concern of the project.
    assert {row["app"] for row in outcome.report["migrations"]} == {"polls"}


def test_checks_for_deployments_are_among_the_checks(any_polls: Project) -> None:
    checks = run_reporting(any_polls, "examine").report["checks"]

    assert "security.W004" in {row["id"] for row in checks}


def test_a_project_that_does_not_load_is_an_error_with_its_step(any_polls: Project) -> None:
    any_polls.write("polls/models.py", "import nothing_of_the_kind\n")

    outcome = run_reporting(any_polls, "examine")

    assert outcome.code == 1
    assert outcome.report["error"]["step"] == "setup"
