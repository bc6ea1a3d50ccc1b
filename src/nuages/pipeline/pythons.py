"""What is to be said of the Python that a build took, where it is not the wanted one."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.build.pythons import Interpreter
from nuages.build.versions.requests import admits, django_pythons, is_exact, python_requests
from nuages.core.facts import Facts
from nuages.core.finding import Finding, Rule
from nuages.inspect.declared.pythons import ANOTHER_PYTHON, UNSUPPORTED_PYTHON


def python_findings(facts: Facts, python: Interpreter) -> Iterator[Finding]:
    """A version that could not be had, and one that the project's Django does not support
    though nobody asked for it."""
    wanted, minor = facts.python, python.minor
    if wanted.value == minor:
        return
    if is_exact(wanted.value) and wanted.origin != "default":
        message = f"{wanted.reason}; it cannot be had, and Python {minor} is taken"
        yield _finding(ANOTHER_PYTHON, message, wanted.file, wanted.line)
    if minor in python_requests(facts):
        return
    dependencies = facts.dependencies.value
    supported = django_pythons(dependencies)
    if not admits(supported, minor):
        django = dict(dependencies.pins).get("django", "") or dependencies.django
        message = f"Django {django} wants a Python {supported}, and {minor} is what can be had"
        file = dependencies.files[0] if dependencies.files else ""
        yield _finding(UNSUPPORTED_PYTHON, message, file, 1 if file else 0)


def _finding(rule: Rule, message: str, file: str, line: int) -> Finding:
    return Finding(rule.code, rule.severity, message, rule.fix, file, line)
