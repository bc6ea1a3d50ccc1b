"""PDM's lock file, and the one that all tools share (PEP 751)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.inspect.facts.requirements import normalised
from nuages.inspect.locks.lines import (
    Lines,
    Locked,
    git_address,
    hashes_of,
    names_of,
    tables,
    text,
    with_extras,
)


def read_pdm_lock(lock: Mapping[str, Any], project: Mapping[str, Any], folder: str) -> Locked:
    """The packages of the group `default`; before PDM 2.8 a lock names no groups, and the
    project's own dependencies are followed."""
    lines = Lines(folder)
    packages = tables(lock.get("package"))
    reached = _reached(packages, project)
    for package in packages:
        groups = package.get("groups")
        if isinstance(groups, list):
            is_wanted = "default" in groups
        else:
            is_wanted = normalised(text(package, "name")) in reached
        if not is_wanted:
            continue
        name, marker = with_extras(text(package, "name"), package.get("extras")), _marker(package)
        if text(package, "git"):
            revision = text(package, "revision") or text(package, "ref")
            address = git_address(text(package, "git"), revision, text(package, "subdirectory"))
            lines.at(name, address, marker)
        elif text(package, "path"):
            lines.below(text(package, "path"), editable=package.get("editable") is True)
        elif text(package, "url"):
            lines.at(name, text(package, "url"), marker)
        elif text(package, "version"):
            hashes = hashes_of(package.get("files"))
            lines.pinned(name, f"=={text(package, 'version')}", marker, hashes)
    return lines.result()


def _reached(packages: list[Mapping[str, Any]], project: Mapping[str, Any]) -> set[str]:
    """The names of what [project] depends on, and of what that depends on."""
    needs: dict[str, set[str]] = {}
    for package in packages:
        needed = names_of(package.get("dependencies"))
        needs.setdefault(normalised(text(package, "name")), set()).update(needed)
    waiting = list(names_of(_table(project, "project").get("dependencies")))
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += needs.get(name, ())
    return reached


def read_pylock(document: Mapping[str, Any], folder: str) -> Locked:
    """Every package whose marker does not ask for an extra or a group."""
    lines = Lines(folder)
    for package in tables(document.get("packages")):
        name, marker = text(package, "name"), text(package, "marker")
        if "extras" in marker or "dependency_groups" in marker:
            continue
        vcs, directory, archive = (_table(package, k) for k in ("vcs", "directory", "archive"))
        if vcs:
            revision = text(vcs, "commit-id")
            lines.at(
                name, git_address(text(vcs, "url"), revision, text(vcs, "subdirectory")), marker
            )
        elif directory:
            lines.below(text(directory, "path"), editable=directory.get("editable") is True)
        elif archive:
            lines.at(name, text(archive, "url"), marker)
        elif text(package, "version"):
            files = [*tables(package.get("wheels")), _table(package, "sdist")]
            lines.pinned(name, f"=={text(package, 'version')}", marker, hashes_of(files))
    return lines.result()


def _marker(package: Mapping[str, Any]) -> str:
    return text(package, "marker") or text(package, "markers")


def _table(package: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = package.get(key)
    return value if isinstance(value, Mapping) else {}
