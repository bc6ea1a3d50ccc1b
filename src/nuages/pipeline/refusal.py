"""A project with errors is refused once, with all of them."""

from __future__ import annotations

from collections.abc import Iterable

from nuages.core.config import DeployConfig
from nuages.core.errors import NuagesError
from nuages.core.finding import Finding, Severity
from nuages.core.image import NeededVariable
from nuages.core.release import Release
from nuages.core.state import AppState
from nuages.pipeline.errors import DATABASE_MISSING, PROJECT_REFUSED, VARIABLES_MISSING


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise pipeline.E002 with every finding that is an error; nothing where there is none."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return
    if len(errors) == 1:
        raise NuagesError(PROJECT_REFUSED, _line(errors[0]), hint=errors[0].fix)
    raise NuagesError(
        PROJECT_REFUSED,
        f"Inspection found {len(errors)} errors",
        details="\n".join(f"{_line(each)} · {each.fix}" for each in errors),
        hint="Mend each of the lines above; `nuages check PATH` lists them again.",
    )


def refuse_missing_database(config: DeployConfig, state: AppState) -> None:
    """Raise pipeline.E005 where deploy.toml asks for a database server and no config var says
    where one is."""
    if config.engine not in ("", "sqlite") and "DATABASE_URL" not in state.config:
        message = f"[database] engine is {config.engine}, and DATABASE_URL is not set"
        raise NuagesError(DATABASE_MISSING, message)


def refuse_missing_variables(release: Release) -> None:
    """Raise pipeline.E011 where the release is without a variable that its settings do not load
    without."""
    missing = [each for each in release.image.report.needed if each.name not in release.env]
    groups = release.image.blueprint.defaults
    partly = {name for group in groups for name, _ in group if name not in release.env}
    missing += [NeededVariable(name) for name in sorted(partly - {each.name for each in missing})]
    if not missing:
        return
    values = " ".join(f"{each.name}=VALUE" for each in missing)
    raise NuagesError(
        VARIABLES_MISSING,
        f"Not set: {', '.join(map(str, missing))}",
        hint=f"Set them, then deploy again: nuages config {release.environment} set {values}",
    )


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    return f"{place}{finding.message} ({finding.code})"
