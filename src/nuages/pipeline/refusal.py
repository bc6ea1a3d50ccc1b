"""A project with errors is refused once, with all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nuages.core.config import DeployConfig
from nuages.core.errors import NuagesError
from nuages.core.facts import Facts
from nuages.core.finding import Finding, Severity
from nuages.core.image import NeededVariable
from nuages.core.release import Release
from nuages.core.state import AppState
from nuages.pipeline.errors import DATABASE_MISSING, PROJECT_REFUSED, VARIABLES_MISSING
from nuages.pipeline.needed import needed_variables

# Names of variables that say where a database is.
_OF_DATABASES = re.compile(r"(?:^|_)(?:DB|DATABASE|DATABASES|POSTGRES\w*|PGSQL|PG[A-Z]+)(?:_|$)")


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


def refuse_wrong_database(facts: Facts, config: DeployConfig, state: AppState) -> None:
    """Raise pipeline.E005 where migrations run on one kind of database only, and the app would get
    the platform's own, since no config var names another."""
    only = facts.only_engine
    own = {each.name for each in facts.variables if each.setting == "DATABASES"}
    given = any(name in own or _OF_DATABASES.search(name) for name in state.config)
    keeps = not config.overlay or "DATABASES" in config.keep
    if not only.value or given or keeps or config.engine:
        return
    # Part of it may be asked for next.
    unset = [each for each in needed_variables(facts, config) if each.name not in state.config]
    others = ", ".join(f"{each.name} ({each.file}:{each.line})" for each in unset)
    raise NuagesError(
        DATABASE_MISSING,
        f"{only.file}:{only.line}: {only.reason}; only PostgreSQL has it, and no config var says "
        "where such a database is",
        details=f"Without a default the settings may read as well: {others}" if others else "",
        hint=f"nuages config {state.environment} set "
        "DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/NAME",
    )


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
