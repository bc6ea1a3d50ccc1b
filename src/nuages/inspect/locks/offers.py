"""Packages that the project names where nothing is installed from: groups for development, extras,
other requirements files. One of them may bring a module that turns out to be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nuages.core.facts import Dependencies, Offer
from nuages.core.requirement_lines import logical_lines
from nuages.inspect.documents import load_toml
from nuages.inspect.facts.requirements import normalised
from nuages.inspect.lists.setup import read_setup
from nuages.inspect.locks.constraints import specifier
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

# As uv, Poetry, PDM and PEP 751 write locks; and as Pipenv does.
_LOCKED = re.compile(r'^name = "([^"]+)"\nversion = "([^"]+)"', re.MULTILINE)
_PIPENV = re.compile(r'^ {8}"([^"]+)": \{[^{}]*?"version": "==([^"]+)"', re.MULTILINE)
_LIST = re.compile(r"(?:^|/)(?:[^/]*requirements?[^/]*\.(?:txt|in|pip)|requirements/[^/]+\.txt)$")
_ENTRY = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*([^;]*)")
_SPECIFIER = re.compile(r"[<>=!~]=?[^@:/]*")
_MOST_FILES = 40

# A place, a distribution's name with its extras, and what is said of its version.
_Named = tuple[str, str, str]


def find_offers(tree: Tree, root: str, chosen: Dependencies) -> tuple[Offer, ...]:
    """What the folder of the project, those above it, and any requirements file name beyond what
    is installed; the nearest first, with the version of a lock beside it."""
    folders = [root]
    while folders[-1] != ".":
        folders.append(parent(folders[-1]))
    pins: dict[str, str] = {}
    for folder in reversed(folders):
        pins |= _pins(tree, folder)
    found: dict[tuple[str, str], Offer] = {}
    for place, named, bounds in _all(tree, folders, chosen):
        name = normalised(named.partition("[")[0])
        if name not in chosen.names and name not in dict(chosen.pins):
            version = f"=={pins[name]}" if name in pins else bounds
            found.setdefault((name, place), Offer(name, named + version, place))
    return tuple(found.values())


def _all(tree: Tree, folders: list[str], chosen: Dependencies) -> Iterator[_Named]:
    for folder in folders:
        for name, read in (("pyproject.toml", _project), ("Pipfile", _pipfile)):
            path = join(folder, name)
            if tree.has(path):
                # Its mistakes are said where it is installed from.
                yield from read(load_toml(tree, path, Remarks()), path)
        yield from _setup(tree, folder)
    lists = sorted(filter(_LIST.search, tree.paths), key=lambda path: (path.count("/"), path))
    for path in [each for each in lists if each not in chosen.files][:_MOST_FILES]:
        lines = (text for _, text in logical_lines(tree.text(path)))
        yield from _entries(path, lines)


def _setup(tree: Tree, folder: str) -> Iterator[_Named]:
    said = read_setup(tree, folder, Remarks())
    if said is not None:
        path = said.files[-1]
        yield from _entries(path, said.requirements.lines)
        for name, lines in said.extras.items():
            yield from _entries(f"the extra {name} of {path}", lines)


def _project(document: Mapping[str, Any], path: str) -> Iterator[_Named]:
    project, tool = _table(document, "project"), _table(document, "tool")
    poetry, uv, pdm = (_table(tool, name) for name in ("poetry", "uv", "pdm"))
    yield from _entries(path, _texts(project.get("dependencies")))
    lists = {
        "extra": _table(project, "optional-dependencies"),
        "group": {**_table(pdm, "dev-dependencies"), **_table(document, "dependency-groups"),
                  "dev-dependencies": uv.get("dev-dependencies")},
    }  # fmt: skip
    for kind, groups in lists.items():
        for name in groups:
            yield from _entries(f"the {kind} {name} of {path}", _group(groups, name))
    yield from _constraints(path, _table(poetry, "dependencies"))
    yield from _constraints(f"the group dev of {path}", _table(poetry, "dev-dependencies"))
    for name, group in _table(poetry, "group").items():
        place = f"the group {name} of {path}"
        yield from _constraints(place, _table(_mapping(group), "dependencies"))


def _group(groups: Mapping[str, Any], name: str, seen: tuple[str, ...] = ()) -> list[str]:
    """The entries of a group and of those that it includes (PEP 735)."""
    listed = groups.get(name)
    found: list[str] = []
    for entry in listed if isinstance(listed, list) else ():
        included = _mapping(entry).get("include-group")
        if isinstance(entry, str):
            found.append(entry)
        elif isinstance(included, str) and included not in (*seen, name):
            found += _group(groups, included, (*seen, name))
    return found


def _pipfile(document: Mapping[str, Any], path: str) -> Iterator[_Named]:
    yield from _constraints(path, _table(document, "packages"))
    yield from _constraints(f"dev-packages of {path}", _table(document, "dev-packages"))


def _entries(place: str, lines: Iterable[str]) -> Iterator[_Named]:
    """Plain names with versions; options, addresses and paths are passed over."""
    for line in lines:
        found = _ENTRY.match(line.partition(" --")[0].strip())
        if found:
            name, extras, bounds = found[1], found[2] or "", found[3].strip(" ()")
            if not bounds or _SPECIFIER.fullmatch(bounds):
                yield place, name + extras, bounds


def _constraints(place: str, table: Mapping[str, Any]) -> Iterator[_Named]:
    """Names with constraints as Poetry and Pipenv write them."""
    for name, value in table.items():
        wanted = value.get("version", "*") if isinstance(value, Mapping) else value
        if name.lower() != "python" and isinstance(wanted, str):
            extras = ",".join(_texts(_mapping(value).get("extras")))
            yield place, f"{name}[{extras}]" if extras else name, specifier(wanted)


def _pins(tree: Tree, folder: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, pattern in (
        *((name, _LOCKED) for name in ("uv.lock", "pylock.toml", "pdm.lock", "poetry.lock")),
        ("Pipfile.lock", _PIPENV),
    ):
        for distribution, version in pattern.findall(tree.text(join(folder, name))):
            found[normalised(distribution)] = version
    return found


def _texts(listed: object) -> list[str]:
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return _mapping(table.get(key))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
