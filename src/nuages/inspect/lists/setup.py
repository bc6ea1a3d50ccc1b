"""What setuptools builds the project from becomes its list of packages: setup.py, setup.cfg, and
the dependencies that a pyproject.toml leaves to files (https://setuptools.pypa.io/en/latest/userguide/
dependency_management.html). Nothing of them is run."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.core.requirement_lines import logical_lines
from nuages.inspect.facts.requirements import RequirementsRead, take_file, take_requirement
from nuages.inspect.lists.setup_script import Part, read_setup_script
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join

SCRIPT, CONFIGURATION = "setup.py", "setup.cfg"
_FILE = re.compile(r"file:\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SetupRead:
    """What the build files in a folder say: the requirements, and the `extras` as lines; `whole`
    is off where only running a script would tell all; `builds` is on where more than modules is
    built."""

    files: tuple[str, ...]
    requirements: RequirementsRead
    extras: Mapping[str, tuple[str, ...]]
    whole: bool
    builds: bool


@dataclass(slots=True)
class _Said:
    requires: list[Part] = field(default_factory=list)
    extras: dict[str, list[Part]] = field(default_factory=dict)
    whole: bool = True
    builds: bool = False


def read_setup(tree: Tree, folder: str, remarks: Remarks) -> SetupRead | None:
    """What setup.cfg and setup.py in a folder say; None where neither is there."""
    files = tuple(path for name in (CONFIGURATION, SCRIPT) if tree.has(path := join(folder, name)))
    if not files:
        return None
    read, extras = RequirementsRead(folder), dict[str, tuple[str, ...]]()
    whole, builds = True, False
    for path in files:
        said = _script(tree, path) if path.endswith(".py") else _configuration(tree, path)
        whole, builds = whole and said.whole, builds or said.builds
        _take(tree, path, said.requires, read, remarks)
        for name, parts in said.extras.items():
            extra = RequirementsRead(folder)
            _take(tree, path, parts, extra, Remarks())
            extras[name] = (*extras.get(name, ()), *extra.lines)
    return SetupRead(files, read, extras, whole, builds)


def read_dynamic(
    tree: Tree, path: str, document: Mapping[str, Any], remarks: Remarks
) -> RequirementsRead | None:
    """The dependencies that a pyproject.toml leaves to others, which only the build system is
    sure of; None where they cannot be told from files."""
    folder = path.rpartition("/")[0] or "."
    listed = list(_listed(document))
    if not listed:
        said = read_setup(tree, folder, remarks)
        return said.requirements if said and said.whole and said.requirements.lines else None
    read = RequirementsRead(folder)
    for name in listed:
        if not tree.has(join(folder, name)):
            return None
        take_file(tree, join(folder, name), read, remarks)
    return read


def _listed(document: Mapping[str, Any]) -> Iterator[str]:
    """The files that setuptools, or a well-known plug-in of hatchling, reads."""
    tool = _table(document, "tool")
    setuptools = _table(_table(_table(tool, "setuptools"), "dynamic"), "dependencies")
    hooks = _table(_table(_table(tool, "hatch"), "metadata"), "hooks")
    for said in (setuptools.get("file"), _table(hooks, "requirements_txt").get("files")):
        names = [said] if isinstance(said, str) else said
        yield from (each for each in names or () if isinstance(each, str))


def _take(
    tree: Tree, path: str, parts: list[Part], read: RequirementsRead, remarks: Remarks
) -> None:
    for part in parts:
        if part.file:
            take_file(tree, part.file, read, remarks)
        else:
            take_requirement(tree, part.text, (path, part.line), read, remarks)


def _script(tree: Tree, path: str) -> _Said:
    found = read_setup_script(tree, path)
    if found is None:
        return _Said(whole=False)
    return _Said(found.requires, found.extras, found.whole, found.builds)


def _configuration(tree: Tree, path: str) -> _Said:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(tree.text(path))
    except (configparser.Error, ValueError, AttributeError):
        return _Said(whole=False)
    said = _Said()
    if parser.has_option("options", "install_requires"):
        said.requires = list(_value(tree, path, parser.get("options", "install_requires") or ""))
    if parser.has_section("options.extras_require"):
        for name, value in parser.items("options.extras_require"):
            said.extras[name] = list(_value(tree, path, value or ""))
    return said


def _value(tree: Tree, path: str, value: str) -> Iterator[Part]:
    """A list of setup.cfg: a line each, or in one line with semicolons, or `file: …`."""
    from_file = _FILE.match(value.strip())
    if from_file:
        for name in re.split(r"[,\n]", from_file[1]):
            place = join(path.rpartition("/")[0] or ".", name.strip())
            if tree.has(place):
                yield Part(file=place)
        return
    text = tree.text(path)
    for _, line in logical_lines(value if "\n" in value else value.replace(";", "\n")):
        position = text.find(line)
        yield Part(line, "", text.count("\n", 0, max(position, 0)) + 1)


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}
