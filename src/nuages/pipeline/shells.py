"""Commands that a shell runs, in an image that has none, become findings."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.core.finding import Finding
from nuages.core.image import Blueprint
from nuages.inspect.declared.built import NO_SHELL
from nuages_runtime.given.commands import is_run_by_shell


def shell_findings(blueprint: Blueprint) -> Iterator[Finding]:
    """One for each process type and each release command."""
    named = [(f"The process type '{name}'", command) for name, command in blueprint.processes]
    named += [("A release command", command) for command in blueprint.release_commands]
    for what, command in named:
        if is_run_by_shell(command):
            message = f"{what} is run by a shell, which a bare image has not: {command}"
            yield Finding(NO_SHELL.code, NO_SHELL.severity, message, NO_SHELL.fix)
