"""What is to be said of the Python and the releases that a build took, where they are not the
wanted ones."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.build.install.environment import Environment
from nuages.build.versions.requests import admits, django_pythons, is_exact, python_requests
from nuages.core.facts import Dependencies, Facts
from nuages.core.finding import Finding, Rule
from nuages.inspect.declared.pythons import (
    ANOTHER_PYTHON,
    CONTRADICTED,
    NEWER_PYTHON,
    OLDER_PYTHON,
    UNFIT_TODAY,
    UNSUPPORTED_PYTHON,
)


def python_findings(facts: Facts, environment: Environment) -> Iterator[Finding]:
    """A version that could not be had, one that the project's Django does not support though
    nobody asked for it, one that is older than it had to be, and one that is newer than the one
    asked for."""
    wanted, minor = facts.python, environment.interpreter.minor
    files = facts.dependencies.value.files
    if environment.older and _number(minor) > _number(python_requests(facts)[0]):
        message = f"{wanted.reason}; Python {minor} is taken: {environment.older}"
        yield _finding(NEWER_PYTHON, message, wanted.file, wanted.line)
        return
    if environment.older:
        message = f"Python {minor} is taken: {environment.older}"
        yield _finding(OLDER_PYTHON, message, files[0] if files else "", 1 if files else 0)
    if wanted.value == minor:
        return
    is_hint = "Dockerfile" in wanted.file
    if is_exact(wanted.value) and wanted.origin != "default" and not is_hint:
        message = f"{wanted.reason}; it cannot be had, and Python {minor} is taken"
        yield _finding(ANOTHER_PYTHON, message, wanted.file, wanted.line)
    if minor in python_requests(facts):
        return
    dependencies = facts.dependencies.value
    supported = django_pythons(dependencies)
    if not admits(supported, minor):
        django = dict(dependencies.pins).get("django", "") or dependencies.django
        message = f"Django {django} wants a Python {supported}, and {minor} is what can be had"
        yield _finding(UNSUPPORTED_PYTHON, message, files[0] if files else "", 1 if files else 0)


def of_its_time_finding(dependencies: Dependencies, why: str) -> Finding:
    """That packages are of the day of `dependencies`, since today's lead to `why`."""
    files = dependencies.files
    message = (
        f"What has no version is taken as of {dependencies.as_of}: today's releases fail: {why}"
    )
    return _finding(UNFIT_TODAY, message, files[0] if files else "", 1 if files else 0)


def contradiction_findings(facts: Facts, environment: Environment) -> Iterator[Finding]:
    """That releases were installed as they are named, though packages want others."""
    if environment.forced:
        files = facts.dependencies.value.files
        message = f"Releases are taken as they are named: {environment.forced}"
        yield _finding(CONTRADICTED, message, files[0] if files else "", 1 if files else 0)


def _number(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split(".") if part.isdigit())


def _finding(rule: Rule, message: str, file: str, line: int) -> Finding:
    return Finding(rule.code, rule.severity, message, rule.fix, file, line)
