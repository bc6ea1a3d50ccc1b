"""Rules about the packages that a project declares."""

from __future__ import annotations

import re

from nuages.core.facts import VariableRead
from nuages.core.finding import Rule
from nuages.inspect.declared.packages import (
    DJ_DATABASE_URL,
    GUNICORN,
    NO_DJANGO,
    OLD_DJANGO,
    UNPINNED,
    UNPINNED_DJANGO,
    WHITENOISE,
)
from nuages.inspect.evidence import Evidence

# Django releases below this one get no security fixes, and the Niblit document asks for it.
OLDEST = (4, 2)
# Those that other rules speak of.
_OWN = frozenset(("django", "gunicorn", "dj-database-url", "whitenoise"))
_SHOWN = 5
# A bound that keeps the next feature release out.
_BOUND = re.compile(r"[=<~^]|@")


def check_packages(evidence: Evidence, variables: tuple[VariableRead, ...]) -> None:
    """Say which of the wanted packages are missing, and what is said of Django's version."""
    read = evidence.dependencies
    if read.value.value.kind == "none":
        return
    _django(evidence)
    _unpinned(evidence)
    _missing(evidence, GUNICORN, "gunicorn", "Missing gunicorn; Nuages adds it")
    reads_url = any(each.name == "DATABASE_URL" for each in variables)
    if evidence.strict or not reads_url:
        message = "Missing dj-database-url; the overlay reads DATABASE_URL"
        _missing(evidence, DJ_DATABASE_URL, "dj-database-url", message)
    message = "Static files not found: missing whitenoise; the proxy serves static files"
    _missing(evidence, WHITENOISE, "whitenoise", message)


def _missing(evidence: Evidence, rule: Rule, name: str, message: str) -> None:
    value = evidence.dependencies.value.value
    if name in value.names:
        return
    file = value.files[0] if value.files else ""
    fix = rule.fix.replace("requirements.txt", file) if file else rule.fix
    evidence.remarks.say(rule, message, file, 1 if file else 0, fix=fix)


def _django(evidence: Evidence) -> None:
    read, value = evidence.dependencies, evidence.dependencies.value.value
    pinned = dict(value.pins).get("django", "")
    declared_here = read.find("django")
    if declared_here is None and not pinned:
        if value.files:
            message = f"Django is not in {value.files[0]}"
            evidence.remarks.say(NO_DJANGO, message, value.files[0], 1)
        return
    file = declared_here.file if declared_here else value.files[-1]
    line = declared_here.line if declared_here else 1
    specifier = declared_here.specifier if declared_here else ""
    if not pinned and not _BOUND.search(specifier.replace(">=", "")):
        said = f"only '{specifier}'" if specifier else "nothing"
        message = f"Django's version is left open: {file} says {said}"
        evidence.remarks.say(UNPINNED_DJANGO, message, file, line)
    newest, file, line = newest_django(evidence)
    if newest is not None and newest < OLDEST:
        shown = pinned or specifier
        message = f"Django {shown} is older than 4.2"
        evidence.remarks.say(OLD_DJANGO, message, file, line)


def newest_django(evidence: Evidence) -> tuple[tuple[int, int] | None, str, int]:
    """The newest feature release of Django that the project admits (None where nothing bounds
    it), and the file and line that say so."""
    value, declared_here = evidence.dependencies.value.value, evidence.dependencies.find("django")
    pinned = dict(value.pins).get("django", "")
    specifier = declared_here.specifier if declared_here else ""
    if declared_here:
        return _newest(pinned, specifier), declared_here.file, declared_here.line
    return _newest(pinned, specifier), value.files[-1] if value.files else "", 1


def _unpinned(evidence: Evidence) -> None:
    """One remark for all packages without a word on their version; what the platform adds by
    itself, and Django, have rules of their own."""
    value, requirements = evidence.dependencies.value.value, evidence.dependencies.requirements
    if value.kind != "requirements":
        return
    bound = {each.name for each in requirements if each.specifier}
    open_ones = [
        each
        for each in requirements
        if not each.constraint and each.name not in bound and each.name not in _OWN
    ]
    if not open_ones:
        return
    names = [each.name for each in open_ones]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = f"Without a version: {', '.join(names[:_SHOWN])}{more}"
    evidence.remarks.say(UNPINNED, message, open_ones[0].file, open_ones[0].line)


def _newest(pinned: str, specifier: str) -> tuple[int, int] | None:
    """The newest feature release that is allowed; None where nothing bounds it."""
    version = re.match(r"(\d+)(?:\.(\d+))?", pinned)
    if version:
        return int(version[1]), int(version[2] or 0)
    for operator, major, minor in re.findall(
        r"(==|~=|<=|<|\^|~)\s*(\d+)(?:\.(\d+|\*))?", specifier
    ):
        bound = (int(major), int(minor) if minor.isdigit() else 99)
        if operator == "<":
            return (bound[0] - 1, 99) if bound[1] in (0, 99) else (bound[0], bound[1] - 1)
        if operator == "^" or (operator == "~=" and specifier.count(".") == 1):
            return bound[0], 99
        return bound
    return None
