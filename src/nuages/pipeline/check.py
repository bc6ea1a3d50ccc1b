"""A project is checked: its facts and findings, with no server and nothing of it run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from nuages.core.config import DeployConfig
from nuages.core.facts import Facts
from nuages.core.finding import Finding, Severity
from nuages.core.overrides import Overrides
from nuages.core.source import Source
from nuages.inspect.inspection import inspect_project
from nuages.source.take import read_source


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check tells. The facts of a project with errors are only as good as could be."""

    source: Source
    facts: Facts
    config: DeployConfig
    findings: tuple[Finding, ...]
    strict: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether a deployment of this project would be refused (exit 3)."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def check_project(
    path: Path, root: str | None, strict: bool, scratch: Path, today: date | None = None
) -> CheckResult:
    """Check the folder or zip at `path`. `root` is the project's folder inside; `scratch` an
    empty folder of the caller's, who removes it; `today` another day than this one. Raises
    source.E001 to E020."""
    source = read_source(path, scratch / "sources")
    return check_source(source, root, strict, today)


def check_source(
    source: Source, root: str | None, strict: bool, today: date | None = None
) -> CheckResult:
    """Check what was taken already, as `check_project` does."""
    said = Overrides(root=root or "", strict=strict)
    inspection = inspect_project(source, replace(said, today=today or said.today))
    return CheckResult(source, inspection.facts, inspection.config, inspection.findings, strict)
