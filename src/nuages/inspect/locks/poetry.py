"""Poetry: poetry.lock of every version, and [tool.poetry] where there is none.

Poetry 2 notes groups and markers with each package. Poetry up to 1.4 notes a category. Between,
the lock says neither: what the project needs is found by following its dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nuages.inspect.facts.requirements import normalised
from nuages.inspect.locks.constraints import specifier
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

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?[^;]*(?:;\s*(.*))?")
# To one package; where there are more, it is taken without a condition.
_MOST_WAYS = 16


def read_poetry_lock(lock: Mapping[str, Any], project: Mapping[str, Any], folder: str) -> Locked:
    """The packages that the project itself needs, without its groups and extras."""
    lines = Lines(folder)
    packages = tables(lock.get("package"))
    metadata = lock.get("metadata")
    files = metadata.get("files") if isinstance(metadata, Mapping) else None
    says_groups = all("groups" in package for package in packages)
    reached = {} if says_groups else _reached(packages, project)
    for package in packages:
        marker = _wanted(package, reached)
        if marker is None:
            continue
        listed = package.get("files")
        if not listed and isinstance(files, Mapping):
            listed = files.get(text(package, "name"))
        _take(package, marker, hashes_of(listed), lines)
    return lines.result()


def read_poetry_project(project: Mapping[str, Any], folder: str) -> Locked:
    """[tool.poetry.dependencies] of a project that is not locked."""
    lines = Lines(folder)
    for name, entry in _poetry_dependencies(project):
        if entry.get("optional") is True:
            continue
        full, marker = with_extras(name, entry.get("extras")), _marker(entry)
        if text(entry, "git"):
            revision = text(entry, "rev") or text(entry, "tag") or text(entry, "branch")
            address = git_address(text(entry, "git"), revision, text(entry, "subdirectory"))
            lines.at(full, address, marker)
        elif text(entry, "url"):
            lines.at(full, text(entry, "url"), marker)
        elif text(entry, "path"):
            lines.below(text(entry, "path"), editable=entry.get("develop") is True)
        else:
            lines.pinned(full, specifier(text(entry, "version")), marker)
    return lines.result()


def _take(package: Mapping[str, Any], marker: str, hashes: list[str], lines: Lines) -> None:
    name, version = text(package, "name"), text(package, "version")
    source = package.get("source")
    kind = text(source, "type") if isinstance(source, Mapping) else ""
    url = text(source, "url") if isinstance(source, Mapping) else ""
    if kind == "git" and isinstance(source, Mapping):
        revision = text(source, "resolved_reference") or text(source, "reference")
        lines.at(name, git_address(url, revision, text(source, "subdirectory")), marker)
    elif kind in ("directory", "file"):
        lines.below(url, editable=package.get("develop") is True)
    elif kind == "url":
        lines.at(name, url, marker)
    elif name and version:
        lines.pinned(name, f"=={version}", marker, hashes)


def _wanted(package: Mapping[str, Any], reached: Mapping[str, str]) -> str | None:
    """The marker of a package that is for production (empty: always); None for another one."""
    groups, category = package.get("groups"), text(package, "category")
    if isinstance(groups, list):
        if "main" not in groups or package.get("optional") is True:
            return None
        markers = package.get("markers")
        return text(markers, "main") if isinstance(markers, Mapping) else text(package, "markers")
    if category and category != "main":
        return None
    return reached.get(normalised(text(package, "name")))


def _reached(packages: list[Mapping[str, Any]], project: Mapping[str, Any]) -> dict[str, str]:
    """What the project leads to, and under which marker: none where one way has none.

    The markers along a way have all to hold; a way that asks for more than another one adds
    nothing, so circles end.
    """
    known = {normalised(text(each, "name")): each for each in packages}
    ways: dict[str, list[frozenset[str]]] = {}
    seen: dict[tuple[str, tuple[str, ...]], list[frozenset[str]]] = {}
    waiting = [
        (name, extras, _with(frozenset(), marker)) for name, extras, marker in _roots(project)
    ]
    while waiting:
        name, extras, way = waiting.pop(0)
        _add(ways.setdefault(name, []), way)
        if name not in known or not _add(seen.setdefault((name, extras), []), way):
            continue
        needs = _needs(known[name], extras)
        waiting += [(child, more, _with(way, marker)) for child, more, marker in needs]
    return {name: _either(found) for name, found in ways.items()}


def _with(way: frozenset[str], marker: str) -> frozenset[str]:
    return way | {marker} if marker else way


def _add(found: list[frozenset[str]], way: frozenset[str]) -> bool:
    """Note a way; False where another one leads there with no more markers."""
    if len(found) >= _MOST_WAYS:
        way = frozenset()
    if any(former <= way for former in found):
        return False
    found[:] = [former for former in found if not way <= former]
    found.append(way)
    return True


def _either(ways: list[frozenset[str]]) -> str:
    """The marker that one of the ways holds; empty where one asks for nothing."""
    if frozenset() in ways:
        return ""
    return " or ".join(" and ".join(f"({marker})" for marker in sorted(way)) for way in ways)


def _roots(project: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """The project's own dependencies: name, extras, marker."""
    declared = project.get("project")
    listed = declared.get("dependencies") if isinstance(declared, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        found = _NAME.match(str(entry))
        if found:
            extras = tuple(part.strip() for part in (found[2] or "").split(",") if part.strip())
            yield normalised(found[1]), extras, (found[3] or "").strip()
    for name, entry in _poetry_dependencies(project):
        if entry.get("optional") is not True:
            yield normalised(name), _extras(entry), _marker(entry)


def _needs(
    package: Mapping[str, Any], extras: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What a locked package depends on: name, extras, marker."""
    chosen: set[str] = set()
    offered = package.get("extras")
    for extra in extras:
        chosen |= names_of(offered.get(extra)) if isinstance(offered, Mapping) else set()
    for name, entry in _entries(package.get("dependencies")):
        if entry.get("optional") is not True or normalised(name) in chosen:
            # `extra == "…"` is decided by then.
            marker = "" if "extra ==" in text(entry, "markers") else text(entry, "markers")
            yield normalised(name), _extras(entry), marker


def _poetry_dependencies(
    project: Mapping[str, Any],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tool = project.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, Mapping) else None
    table = poetry.get("dependencies") if isinstance(poetry, Mapping) else None
    for name, entry in _entries(table):
        if name.lower() != "python":
            yield name, entry


def _entries(table: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each dependency as a table; one with several constraints as several."""
    for name, value in table.items() if isinstance(table, Mapping) else ():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield str(name), each
            elif isinstance(each, str):
                yield str(name), {"version": each}


def _extras(entry: Mapping[str, Any]) -> tuple[str, ...]:
    extras = entry.get("extras")
    return tuple(str(each) for each in extras) if isinstance(extras, list) else ()


def _marker(entry: Mapping[str, Any]) -> str:
    """`markers`, and Poetry's own `python` and `platform`."""
    parts = [f"({text(entry, 'markers')})"] if text(entry, "markers") else []
    for part in specifier(text(entry, "python")).split(","):
        found = re.fullmatch(r"\s*([<>=!~]+)\s*([\w.*]+)\s*", part)
        if found:
            parts.append(f"python_version {found[1]} '{found[2]}'")
    if text(entry, "platform"):
        parts.append(f"sys_platform == '{text(entry, 'platform')}'")
    return " and ".join(parts)
