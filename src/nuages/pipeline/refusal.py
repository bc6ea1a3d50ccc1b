"""A project with errors is refused once, with all of them."""

from __future__ import annotations

from collections.abc import Iterable

from nuages.core.errors import NuagesError
from nuages.core.finding import Finding, Severity
from nuages.pipeline.errors import PROJECT_REFUSED


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise pipeline.E002 with every finding that is an error; nothing where there is none."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    message = f"Inspection found {count}: {errors[0].message}"
    hint = errors[0].fix if len(errors) == 1 else None
    raise NuagesError(
        PROJECT_REFUSED, message, details="\n".join(_line(f) for f in errors), hint=hint
    )


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    return f"{place}{finding.message} ({finding.code}) · {finding.fix}"
