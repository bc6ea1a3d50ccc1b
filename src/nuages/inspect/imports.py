"""Imports of the project's own modules that lead nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nuages.inspect.tree import Tree, join, parent


@dataclass(frozen=True, slots=True)
class Absent:
    """A module that `file` imports at `line` and that is not in the source; `place` is where it
    would lie. `own` is off where it could as well be a package's. `guarded` is on where the file
    is loaded without it: inside of `try`, or in a branch."""

    module: str
    place: str
    file: str
    line: int
    own: bool = True
    guarded: bool = False


def absent_modules(tree: Tree, root: str, path: str) -> list[Absent]:
    """What `path` imports in vain when it is loaded with `root` on the search path."""
    module = tree.parse(path)
    if module is None:
        return []
    return [
        absent
        for node, guarded in _imports(module.body, guarded=False)
        for absent in _absent(tree, root, path, node, guarded=guarded)
    ]


def _imports(
    body: list[ast.stmt], *, guarded: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, guarded
        elif isinstance(node, ast.With):
            yield from _imports(node.body, guarded=True)
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _imports(node.body, guarded=True)
            yield from _imports(node.orelse, guarded=True)
            if isinstance(node, ast.Try):
                yield from _imports(node.finalbody, guarded=guarded)


def _absent(
    tree: Tree, root: str, path: str, node: ast.Import | ast.ImportFrom, *, guarded: bool
) -> Iterator[Absent]:
    if isinstance(node, ast.Import):
        wanted = [(alias.name, root, False) for alias in node.names]
    else:
        folder = root
        for step in range(node.level):
            folder = parent(path) if step == 0 else parent(folder)
        if node.module:
            wanted = [(node.module, folder, node.level > 0)]
        elif _binds_names(tree, folder):
            wanted = []
        else:
            wanted = [(alias.name, folder, True) for alias in node.names if alias.name != "*"]
    for dotted, folder, relative in wanted:
        place = join(folder, dotted.replace(".", "/"))
        if tree.module(dotted, folder) or place in tree.folders:
            continue
        own = relative or ("." in dotted and tree.module(dotted.partition(".")[0], folder) != "")
        yield Absent(dotted, f"{place}.py", path, node.lineno, own, guarded)


def _binds_names(tree: Tree, folder: str) -> bool:
    """Whether a package has names of its own besides its modules."""
    return tree.read(join(folder, "__init__.py")).strip() != b""
