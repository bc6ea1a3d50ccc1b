"""A package.json is read: who installs its packages, and which of its scripts make a build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.inspect.declared.frontend import BAD_PACKAGE_JSON, SEVERAL_LOCKS
from nuages.inspect.frontend.workspaces import workspace_of
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

NAME = "package.json"
# Lock files and their managers, the first one wins: bun and pnpm are chosen on purpose, a
# package-lock.json is also written by a slip of the hand.
LOCKS = (
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
# Scripts that are a build, the likeliest first: one of them is run.
_BUILDS = (
    "build:production", "build:prod", "build-production", "build-prod", "build",
    "heroku-postbuild", "production", "prod", "dist", "compile", "bundle",
)  # fmt: skip
# Where there is none of those, every script that sounds like a part of a build.
_PART = re.compile(r"(^|[:_-])(build|compile|bundle|minify|dist|prod|sass|scss|css)($|[:_-])")
_OTHER = re.compile(
    r"(^|[:_-])(dev|watch|watcher|tests?|lint|check|docs?|storybook|docker|image|clean|serve|"
    r"start|e2e|types?|release|deploy|format|fix|analy[sz]e|ios|android|electron)($|[:_-])"
)
# Commands that never end, or are no build at all.
_NO_BUILD = re.compile(
    r"--watch|\s-w(\s|$)|\bnodemon\b|webpack-dev-server|\bserve\b|browser-sync|"
    r"no test specified|^\s*(eslint|prettier|stylelint|husky|jest|vitest)\b"
)
_RUN = re.compile(
    r"\b(?:npm run(?:-script)?|yarn(?: run)?|pnpm(?: run)?|bun run)\s+(?:-s\s+)?([\w:.-]+)"
)
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Package:
    """A package.json: its folder below the source and what it says; `manager` and the rest as
    FrontEnd has them. `wanted` are the packages that it names itself, with their ranges; `around`
    is what the package.json of its workspace says."""

    folder: str
    document: Mapping[str, Any]
    manager: str = "npm"
    version: str = ""
    program: str = ""
    lock: str = ""
    wanted: Mapping[str, str] = field(default_factory=dict)
    workspace: str = ""
    around: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The package.json itself."""
        return join(self.folder, NAME)

    @property
    def scripts(self) -> Mapping[str, str]:
        """Its scripts by name."""
        return _texts(self.document.get("scripts"))

    @property
    def dependencies(self) -> Mapping[str, str]:
        """The packages that are no tools of the development, with their ranges."""
        return _texts(self.document.get("dependencies"))

    def builds(self) -> tuple[str, ...]:
        """The scripts that make a build, in the order to run them."""
        scripts = {
            name: command
            for name, command in self.scripts.items()
            if command.strip() and not _NO_BUILD.search(command)
        }
        for name in _BUILDS:
            if name in scripts:
                return (name,)
        return tuple(name for name in scripts if _PART.search(name) and not _OTHER.search(name))

    def commands(self, names: tuple[str, ...], depth: int = 0) -> Iterator[str]:
        """The commands of these scripts, and of those that they run."""
        for name in names:
            command = self.scripts.get(name, "")
            yield command
            if depth < _DEEPEST:
                inner = tuple(other for other in _RUN.findall(command) if other in self.scripts)
                yield from self.commands(inner, depth + 1)


def read_package(tree: Tree, path: str, remarks: Remarks) -> Package | None:
    """The package.json at `path`; None, and a finding, where it is none."""
    try:
        document = json.loads(tree.text(path))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        remarks.say(BAD_PACKAGE_JSON, f"{path} is not valid JSON: {error}", path, line)
        return None
    if not isinstance(document, Mapping):
        remarks.say(BAD_PACKAGE_JSON, f"{path} holds no JSON object", path, 1)
        return None
    wanted: dict[str, str] = {}
    for section in ("devDependencies", "optionalDependencies", "dependencies"):
        wanted |= _texts(document.get(section))
    folder = parent(path)
    workspace, around = workspace_of(tree, folder)
    if workspace and _locks(tree, folder) and not _locks(tree, workspace):
        # It is kept by itself all the same.
        workspace, around = "", {}
    home, outer = (workspace, around) if workspace else (folder, document)
    lock, manager, version = _manager(tree, home, outer, remarks)
    program = ""
    if manager == "yarn":
        generation, program = _yarn(tree, home, lock, version)
        manager = "yarn" if generation == 1 else "berry"
    return Package(folder, document, manager, version, program, lock, wanted, workspace, around)


def _locks(tree: Tree, folder: str) -> list[tuple[str, str]]:
    """The lock files in a folder, each with its manager."""
    return [(join(folder, name), kind) for name, kind in LOCKS if tree.has(join(folder, name))]


def _manager(
    tree: Tree, folder: str, document: Mapping[str, Any], remarks: Remarks
) -> tuple[str, str, str]:
    """(lock file, manager, version): by the `packageManager` field, else by the lock file."""
    named = re.match(
        r"(npm|pnpm|yarn|bun)@v?(\d[\w.-]*)", str(document.get("packageManager") or "")
    )
    found = _locks(tree, folder)
    if named:
        found = [each for each in found if each[1] == named[1]]
    if len({kind for _, kind in found}) > 1:
        others = ", ".join(path for path, _ in found[1:])
        remarks.say(SEVERAL_LOCKS, f"{found[0][0]} is used, and not {others}", found[0][0])
    other = "pnpm" if tree.has(join(folder, "pnpm-workspace.yaml")) else "npm"
    lock, kind = found[0] if found else ("", named[1] if named else other)
    return lock, kind, named[2] if named else _pnpm(tree, lock, kind)


def _pnpm(tree: Tree, lock: str, kind: str) -> str:
    """The series of pnpm that reads a lock file of this format (https://pnpm.io/installation)."""
    if kind != "pnpm" or not lock:
        return ""
    found = re.search(r"lockfileVersion:\s*'?(\d+)", tree.text(lock)[:500])
    return {"5": "7", "6": "8"}.get(found[1], "9") if found else "9"


def _yarn(tree: Tree, folder: str, lock: str, version: str) -> tuple[int, str]:
    """Yarn's generation, and the copy of it in the source, if there is one."""
    settings = join(folder, ".yarnrc.yml")
    copy = re.search(r"^yarnPath:\s*[\"']?([^\s\"']+)", tree.text(settings), re.MULTILINE)
    program = join(folder, copy[1]) if copy else ""
    if not tree.has(program):
        program = ""
    if version:
        return int(version.partition(".")[0]), program
    is_later = tree.has(settings) or (lock != "" and "__metadata:" in tree.text(lock)[:1000])
    return (4 if is_later else 1), program


def _texts(table: object) -> dict[str, str]:
    if not isinstance(table, Mapping):
        return {}
    return {str(name): value for name, value in table.items() if isinstance(value, str)}
