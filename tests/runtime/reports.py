"""Runs the one-off processes of the runtime and reads what they report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.runtime.projects import Project


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exit code, printed text and the report."""

    code: int
    printed: str
    report: dict[str, Any]


def run_reporting(project: Project, module: str, **tasks: bool) -> Outcome:
    """Run `nuages_runtime.<module>` with the project as the source."""
    exchange = project.data / "exchange"
    exchange.mkdir(exist_ok=True)
    code = (
        f"import sys; from nuages_runtime.{module} import main\n"
        f"sys.exit(main({str(project.folder)!r}, {str(exchange)!r}))"
    )
    env = {**project.env(), "NUAGES_TASKS": json.dumps(tasks)}
    done = project.environment.run("-c", code, cwd=project.folder, env=env)
    report = json.loads((exchange / "report.json").read_text())
    return Outcome(done.returncode, done.stdout + done.stderr, report)
