"""Lock files and manifests that become requirement lines: of Poetry, PDM, Pipenv and PEP 751."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from nuages.core.facts import Dependencies, Fact
from nuages.inspect.documents import load_json, load_toml
from nuages.inspect.facts.requirements import DependencyRead, Requirement, normalised
from nuages.inspect.locks.lines import Locked
from nuages.inspect.locks.others import read_pdm_lock, read_pylock
from nuages.inspect.locks.pipenv import read_pipfile, read_pipfile_lock
from nuages.inspect.locks.poetry import read_poetry_lock, read_poetry_project
from nuages.inspect.locks.sources import source_options
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join

_LINE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(@.*|[^;]*?)\s*(?:;.*?)?(?:\s--hash.*)?$"
)


def _poetry(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    lock = load_toml(tree, join(folder, "poetry.lock"), remarks)
    return read_poetry_lock(lock, load_toml(tree, join(folder, "pyproject.toml"), remarks), folder)


def _poetry_project(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    project = load_toml(tree, join(folder, "pyproject.toml"), remarks)
    declared = project.get("project")
    if isinstance(declared, dict) and "dependencies" in declared:
        # The standard's own list is what installers go by.
        return Locked(())
    return read_poetry_project(project, folder)


def _pdm(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    lock = load_toml(tree, join(folder, "pdm.lock"), remarks)
    return read_pdm_lock(lock, load_toml(tree, join(folder, "pyproject.toml"), remarks), folder)


def _pylock(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    return read_pylock(load_toml(tree, join(folder, "pylock.toml"), remarks), folder)


def _pipfile_lock(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    return read_pipfile_lock(load_json(tree, join(folder, "Pipfile.lock"), remarks), folder)


def _pipfile(tree: Tree, folder: str, remarks: Remarks) -> Locked:
    return read_pipfile(load_toml(tree, join(folder, "Pipfile"), remarks), folder)


@dataclass(frozen=True, slots=True)
class _Form:
    """What has to be there, the file that decides last, and its reader."""

    kind: str
    files: tuple[str, ...]
    read: Callable[[Tree, str, Remarks], Locked]


# A lock is what was tested, so it comes before every list that leaves versions open.
LOCKS = (
    _Form("poetry", ("pyproject.toml", "poetry.lock"), _poetry),
    _Form("pdm", ("pyproject.toml", "pdm.lock"), _pdm),
    _Form("pylock", ("pylock.toml",), _pylock),
    _Form("pipenv", ("Pipfile.lock",), _pipfile_lock),
)
POETRY_PROJECT = (_Form("poetry", ("pyproject.toml",), _poetry_project),)
PIPFILE = (_Form("pipenv", ("Pipfile",), _pipfile),)


def find_locked(
    tree: Tree, folder: str, remarks: Remarks, forms: tuple[_Form, ...]
) -> DependencyRead | None:
    """The first of `forms` that is in a folder and asks for anything."""
    for form in forms:
        paths = tuple(join(folder, name) for name in form.files)
        if not all(map(tree.has, paths)):
            continue
        locked = form.read(tree, folder, remarks)
        if locked.lines:
            verb = "locks" if forms is LOCKS else "lists"
            options = source_options(tree, folder, form.kind)
            return _read(Dependencies(form.kind, folder, paths, options=options), locked, verb)
    return None


def _read(source: Dependencies, locked: Locked, verb: str) -> DependencyRead:
    path = source.files[-1]
    found = []
    for line in locked.lines:
        matched = None if line.startswith(("-e ", "/app")) else _LINE.match(line)
        if matched:
            found.append(Requirement(normalised(matched[1]), matched[2].strip(), path, 1))
    pins = {each.name: each.pin for each in found if each.pin}
    value = replace(
        source,
        names=frozenset(each.name for each in found),
        pins=tuple(sorted(pins.items())),
        local=locked.local,
        lines=locked.lines,
    )
    return DependencyRead(
        Fact(value, f"{path} {verb} the packages", file=path, line=1), tuple(found)
    )
