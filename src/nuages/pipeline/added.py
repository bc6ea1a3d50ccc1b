"""Packages that a build installed beyond the project's list become findings."""

from __future__ import annotations

from collections.abc import Iterator

from nuages.build.additions import file_to_write
from nuages.core.facts import Dependencies
from nuages.core.finding import Finding
from nuages.core.image import AddedPackage
from nuages.inspect.declared.packages import ADDED


def added_findings(
    added: tuple[AddedPackage, ...], dependencies: Dependencies
) -> Iterator[Finding]:
    """What a person has to know of each, with the line to write."""
    file = file_to_write(dependencies)
    for each in added:
        fix = f"Add a line to {file}: {each.requirement}"
        yield Finding(ADDED.code, ADDED.severity, str(each), fix, file)
