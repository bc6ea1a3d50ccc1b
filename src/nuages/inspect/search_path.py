"""Folders that the project's modules are imported from besides its own: those that manage.py or
wsgi.py puts on `sys.path`, and those of packages that lie beside or above the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nuages.core.distributions import distributions_of
from nuages.core.facts import Dependencies, Fact
from nuages.inspect.declared.layout import ELSEWHERE, EXAMPLE
from nuages.inspect.documents import load_toml
from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.facts.requirements import normalised
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

# Where a repository keeps what it imports, below its top or the project's folder.
_HOLDERS = ("", "src", "apps", "lib", "libs")
_BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_ADDING = {"sys.path.insert": 1, "sys.path.append": 0, "site.addsitedir": 0}
_EXTENDING = ("sys.path.extend",)
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
# Of `"users.User"` the first part is an app's label, which is no module's name.
_NAMED = re.compile(rb"[\"'](?!\w+\.[A-Z]\w*[\"'])([A-Za-z_]\w*)(?:\.[\w.]+)?[\"']")
# Never what a project imports from outside of itself.
_PASSED_OVER = re.compile(r"(?:^|/)(?:tests?|docs?|node_modules|\.[^/]*)/")
_MOST_FILES = 400


@dataclass(frozen=True, slots=True)
class Loaded:
    """Files that start the project, and those that its settings are read from."""

    entries: Sequence[str]
    settings: Sequence[str]


def find_paths(
    tree: Tree, root: str, loaded: Loaded, chosen: Dependencies, remarks: Remarks
) -> tuple[tuple[Fact[str], ...], str]:
    """The folders, and the build file of the library that the project is an example of (empty:
    none, or it is installed anyway)."""
    found: dict[str, Fact[str]] = {}
    for path in dict.fromkeys(loaded.entries):
        for folder, line in _added(tree, root, path):
            if folder != root and (folder in tree.folders or folder == "."):
                reason = f"{path} puts it on sys.path"
                found.setdefault(folder, Fact(folder, reason, file=path, line=line))
    library = ""
    searched = [root, *found]
    for module, (path, line) in sorted(_used(tree, root, loaded.settings).items()):
        if any(_is_there(tree, module, folder) for folder in searched):
            continue
        folder = _folder_of(tree, root, module)
        if not folder or _is_brought(module, chosen):
            continue
        found[folder] = Fact(folder, f"{path} uses {module}, which lies there", "found", path, line)
        searched.append(folder)
        build = _build_file(tree, folder, root)
        shown = "the top" if folder == "." else folder
        if build:
            library = library or ("" if chosen.local else build)
            remarks.say(EXAMPLE, f"{module} is the package of {build}, around {root}", path, line)
        else:
            remarks.say(ELSEWHERE, f"{module} is imported from {shown}", path, line)
    return tuple(found.values()), library


def _added(tree: Tree, root: str, path: str) -> Iterator[tuple[str, int]]:
    """The folders of the source that a file puts on the search path, each with its line."""
    if not re.search(rb"sys\.path|addsitedir", tree.read(path)):
        return
    module = tree.parse(path)
    nodes = list(ast.walk(module)) if module else []
    names = {
        target.id: (node.value, path)
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        for expression in _expressions(node):
            try:
                value = evaluate(expression, path, names)
            except UnknownValueError:
                continue
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, (str, PurePosixPath)):
                    place = join(str(APP / root), str(each))
                    if f"{place}/".startswith(f"{APP}/"):
                        yield place.removeprefix(str(APP)).strip("/") or ".", expression.lineno


def _expressions(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        position = _ADDING.get(name, 0 if name in _EXTENDING else None)
        return [] if position is None else node.args[position : position + 1]
    if isinstance(node, ast.AugAssign) and ast.unparse(node.target) == "sys.path":
        return [node.value]
    return []


def _used(tree: Tree, root: str, settings: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The top-level modules that files below the project import and its settings name, each with
    the place of the first use."""
    prefix = "" if root == "." else f"{root}/"
    below = [
        path
        for path in sorted(tree.paths)
        if path.endswith(".py") and path.startswith(prefix) and not _PASSED_OVER.search(path)
    ]
    used: dict[str, tuple[str, int]] = {}
    for path in [*settings, *below[:_MOST_FILES]]:
        content = tree.read(path)
        for pattern in (_NAMED, _IMPORT) if path in settings else (_IMPORT,):
            for match in pattern.finditer(content):
                line = content.count(b"\n", 0, match.start()) + 1
                used.setdefault(match[1].decode(), (path, line))
    return used


def _is_there(tree: Tree, module: str, folder: str) -> bool:
    return bool(tree.module(module, folder)) or join(folder, module) in tree.folders


def _folder_of(tree: Tree, root: str, module: str) -> str:
    """The folder beside or above the project that holds a package of this name."""
    folder = root
    while True:
        for holder in _HOLDERS:
            place = join(folder, holder) if holder else folder
            if place != root and join(place, f"{module}/__init__.py") in tree.paths:
                return place
        if folder == ".":
            return ""
        folder = parent(folder)


def _is_brought(module: str, chosen: Dependencies) -> bool:
    """Whether a declared distribution has this name, or is known to bring the module."""
    brought = chosen.names | {name for name, _ in chosen.pins}
    name = normalised(module)
    known = {normalised(re.split(r"[\[<>=]", each)[0]) for each in distributions_of(module)}
    return not brought.isdisjoint({name, *known})


def _build_file(tree: Tree, folder: str, root: str) -> str:
    """What the distribution is built from that a package in `folder` belongs to; only where it is
    not the project itself."""
    for place in dict.fromkeys((folder, parent(folder))):
        if not place or root == "." or not (place == "." or f"{root}/".startswith(f"{place}/")):
            continue
        for name in _BUILD_FILES:
            path = join(place, name)
            if tree.has(path) and _builds(tree, path):
                return path
    return ""


def _builds(tree: Tree, path: str) -> bool:
    if not path.endswith(".toml"):
        return path.endswith(".py") or "[metadata]" in tree.text(path)
    # Its mistakes are said where it is installed from.
    document = load_toml(tree, path, Remarks())
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    named = "project" in document or (isinstance(poetry, dict) and "name" in poetry)
    return named and "build-system" in document
