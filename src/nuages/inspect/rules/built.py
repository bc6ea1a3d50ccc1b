"""Rules that speak of a built project: Django's own checks, and what the build saw."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nuages.core.errors import NuagesError
from nuages.core.finding import Finding, Rule, Severity
from nuages.core.image import ProbeReport
from nuages.inspect.declared import settings
from nuages.inspect.declared.built import MIGRATIONS_MISSING, NEEDED, SEEN_AT_BUILD

# Django's checks -> rules that say the same of the source, with file and line.
MAPPED: Mapping[str, Rule] = {
    "security.W009": settings.SECRET_KEY,
    "security.W018": settings.DEBUG,
    "security.W020": settings.ALLOWED_HOSTS,
}
_SEVERITIES = {
    "critical": Severity.ERROR,
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
}
_DOCUMENTED = "See https://docs.djangoproject.com/en/stable/ref/checks/"


def check_image(report: ProbeReport, given: Collection[str]) -> Iterator[Finding]:
    """What the build saw: warnings, and variables that it had stand-ins of and that are not among
    the `given` ones."""
    for warning in report.warnings:
        yield _finding(SEEN_AT_BUILD, warning)
    for needed in report.needed:
        if needed.name in given:
            continue
        fix = NEEDED.fix.replace("NAME", needed.name)
        message = f"{needed.name} is not set, and the settings do not load without it"
        yield Finding(NEEDED.code, NEEDED.severity, message, fix, needed.file, needed.line)


def check_django(
    checks: Iterable[Mapping[str, Any]], said: Collection[str], *, strict: bool = False
) -> Iterator[Finding]:
    """Django's own checks, in its words, as `django.security.W004`; those that we have as a rule
    of the source under its code, unless `said` has it already. With `strict` such a rule is an
    error where it is one for the source."""
    for row in checks:
        code, message = str(row.get("id") or "check"), str(row.get("message"))
        rule = MAPPED.get(code)
        if rule is not None:
            if rule.code not in said:
                yield _finding(rule, message, strict=strict)
            continue
        about = f"{row['object']}: " if row.get("object") else ""
        severity = _SEVERITIES.get(str(row.get("level")), Severity.INFO)
        fix = str(row.get("hint") or _DOCUMENTED)
        yield Finding(f"django.{code}", severity, f"{about}{message}", fix)


def check_changes(changes: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """The changes of models that have no migration yet, one finding for each app."""
    apps: dict[str, list[str]] = {}
    for row in changes:
        apps.setdefault(str(row["app"]), []).append(str(row["operation"]))
    for app, operations in apps.items():
        message = f"{app} has changes without a migration: {'; '.join(operations)}"
        fix = MIGRATIONS_MISSING.fix.rstrip() + f" {app}"
        yield Finding(MIGRATIONS_MISSING.code, MIGRATIONS_MISSING.severity, message, fix)


def failed(rule: Rule, error: NuagesError) -> Finding:
    """An error of the build or the start as a finding, with its own fix."""
    return Finding(rule.code, rule.severity, f"{error.message} ({error.code.code})", error.hint)


def _finding(rule: Rule, message: str, *, strict: bool = False) -> Finding:
    return Finding(rule.code, rule.severity_where(strict), message, rule.fix)
