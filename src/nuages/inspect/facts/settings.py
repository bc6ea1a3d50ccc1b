"""What the settings module assigns, with everything that it takes from other files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from nuages.core.facts import SettingLiteral
from nuages.inspect.evaluate import text_of
from nuages.inspect.tree import Tree, join, parent

_SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE|CREDENTIAL|DSN", re.IGNORECASE)
_LONGEST = 300
_HANDING = ("exec", "execfile", "globals", "locals", "vars")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Assigned:
    """The last assignment of a name: its expression and place. `sometimes` when it stands in a
    branch, or a later branch assigns it again, so that only running it would tell; `others` are
    the assignments of these later branches."""

    node: ast.expr
    file: str
    line: int
    sometimes: bool = False
    others: tuple[Assigned, ...] = ()


@dataclass(slots=True)
class SettingsRead:
    """A settings module with everything that it star-imports: the files in the order of their
    effect, and the last assignment of each name. `whole` is off where something could not be
    followed, so that a name that is not assigned may still be set."""

    files: list[str] = field(default_factory=list)
    assigned: dict[str, Assigned] = field(default_factory=dict)
    whole: bool = True

    def expressions(self) -> Mapping[str, tuple[ast.expr, str]]:
        """What each name is assigned, for evaluation."""
        return {name: (each.node, each.file) for name, each in self.assigned.items()}

    def literals(self) -> tuple[SettingLiteral, ...]:
        """The settings that are always the same literal; secrets are masked."""
        return tuple(
            SettingLiteral(name, _shown(name, each.node), each.file, each.line)
            for name, each in sorted(self.assigned.items())
            if name.isupper() and not each.sometimes and is_literal(each.node)
        )


def read_settings(tree: Tree, root: str, module: str) -> SettingsRead:
    """Everything that the settings module assigns, star-imports included."""
    read = SettingsRead()
    path = tree.module(module, root)
    if path:
        _read_file(tree, root, path, read, sometimes=False)
    return read


def _read_file(tree: Tree, root: str, path: str, read: SettingsRead, *, sometimes: bool) -> None:
    if path in read.files:
        return
    read.files.append(path)
    module = tree.parse(path)
    if module is None:
        read.whole = False
        return
    for node, branch in _statements(module.body, inside=False):
        uncertain = branch or sometimes
        include = _include(node)
        if include is not None:
            for included in _included(tree, path, include, read):
                _read_file(tree, root, included, read, sometimes=uncertain)
        elif isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            imported = _imported(tree, root, path, node)
            if imported:
                _read_file(tree, root, imported, read, sometimes=uncertain)
            elif not node.level:
                # Settings that a package brings.
                read.whole = False
        else:
            _take_assignment(node, path, read, sometimes=uncertain)
        if include is None and not isinstance(node, _DEFINITIONS) and _sets_names(node):
            read.whole = False


def read_configured(tree: Tree, path: str) -> SettingsRead:
    """What a file hands to `settings.configure(…)`."""
    read = SettingsRead([path])
    module = tree.parse(path)
    if module is None:
        read.whole = False
        return read
    for node, branch in _statements(module.body, inside=False):
        _take_assignment(node, path, read, sometimes=branch)
    for part in ast.walk(module):
        if isinstance(part, ast.Call) and ast.unparse(part.func).endswith("settings.configure"):
            for keyword in part.keywords:
                line = keyword.value.lineno
                if keyword.arg:
                    read.assigned[keyword.arg] = Assigned(keyword.value, path, line)
                else:
                    read.whole = False
    return read


def read_class(tree: Tree, name: str, read: SettingsRead) -> None:
    """Add what a class of the settings assigns, with its bases; does nothing without a name. What
    a method or a class of another file sets is not seen."""
    if not name:
        return
    places: dict[str, tuple[ast.ClassDef, str]] = {}
    for path in reversed(read.files):
        module = tree.parse(path)
        for node in module.body if module else ():
            if isinstance(node, ast.ClassDef):
                places[node.name] = (node, path)
    _read_class(name, places, read, set())


def _read_class(
    name: str, places: Mapping[str, tuple[ast.ClassDef, str]], read: SettingsRead, seen: set[str]
) -> None:
    if name in seen or name == "Configuration":
        return
    seen.add(name)
    if name not in places:
        read.whole = False
        return
    found, path = places[name]
    for base in reversed(found.bases):
        _read_class(ast.unparse(base).rpartition(".")[2], places, read, seen)
    for node, branch in _statements(found.body, inside=False):
        if isinstance(node, _DEFINITIONS):
            read.whole = False
            read.assigned.pop(node.name, None)
        else:
            _take_assignment(node, path, read, sometimes=branch)


def _take_assignment(node: ast.stmt, path: str, read: SettingsRead, *, sometimes: bool) -> None:
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                _assign(read, target.id, Assigned(node.value, path, node.lineno, sometimes))
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        former = read.assigned.get(node.target.id)
        if former is not None and isinstance(node.op, ast.Add):
            joined = ast.copy_location(ast.BinOp(former.node, ast.Add(), node.value), node)
            again = Assigned(joined, path, node.lineno, sometimes or former.sometimes)
            read.assigned[node.target.id] = again


def _include(node: ast.stmt) -> ast.Call | None:
    """The call of a statement `include(…)`, as split_settings has it."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, (ast.Name, ast.Attribute)):
        return None
    return call if ast.unparse(call.func).rpartition(".")[2] == "include" else None


def _included(tree: Tree, path: str, call: ast.Call, read: SettingsRead) -> list[str]:
    """The files that an `include(…)` in `path` names; what cannot be followed is noted."""
    found: list[str] = []
    for node in _arguments(call, read):
        optional = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else None
        pattern = text_of(optional or node, path, read.expressions())
        matching = _matching(tree, join(parent(path), pattern)) if pattern else []
        if not pattern or not (matching or optional):
            read.whole = False
        found += matching
    return found


def _arguments(call: ast.Call, read: SettingsRead) -> Iterator[ast.expr]:
    """The arguments of a call, those behind a star one by one."""
    for node in call.args:
        value = node.value if isinstance(node, ast.Starred) else node
        if isinstance(value, ast.Name) and value.id in read.assigned:
            value = read.assigned[value.id].node
        if isinstance(node, ast.Starred) and isinstance(value, (ast.List, ast.Tuple)):
            yield from value.elts
        else:
            yield value


def _matching(tree: Tree, pattern: str) -> list[str]:
    """The files of the source that a pattern names; a star stays in its folder."""
    wanted = pattern.split("/")
    return sorted(
        path
        for path in tree.paths
        if path.count("/") == len(wanted) - 1 and all(map(fnmatchcase, path.split("/"), wanted))
    )


def _sets_names(node: ast.stmt) -> bool:
    """Whether a statement may set names that cannot be seen: it executes a text, or hands on
    the module's own names."""
    return any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in _HANDING
        for part in ast.walk(node)
    )


def _assign(read: SettingsRead, name: str, new: Assigned) -> None:
    """The last word on a name; a branch does not undo what stands outside of it."""
    former = read.assigned.get(name)
    if new.sometimes and former is not None:
        others = (*former.others, new)
        new = Assigned(former.node, former.file, former.line, sometimes=True, others=others)
    read.assigned[name] = new


def _statements(body: list[ast.stmt], *, inside: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a module in order, and whether each stands in a branch."""
    for node in body:
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            branch = inside or not isinstance(node, (ast.With, ast.Try))
            yield from _statements(node.body, inside=branch)
            for name in ("handlers", "orelse", "finalbody"):
                for part in getattr(node, name, []):
                    below = part.body if isinstance(part, ast.ExceptHandler) else [part]
                    yield from _statements(below, inside=inside or name != "finalbody")
        else:
            yield node, inside


def _imported(tree: Tree, root: str, path: str, node: ast.ImportFrom) -> str:
    """The file of the module that a `from … import *` names; empty for one outside."""
    name = node.module or ""
    if not node.level:
        return tree.module(name, root)
    folder = parent(path)
    for _ in range(node.level - 1):
        folder = parent(folder)
    if not name:
        return join(folder, "__init__.py") if tree.has(join(folder, "__init__.py")) else ""
    return tree.module(name, folder)


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a constant, or lists and dictionaries of constants."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError, SyntaxError):
        return False
    return True


def _shown(name: str, node: ast.expr) -> str:
    if _SECRET.search(name):
        return "[redacted]"
    text = ast.unparse(node)
    if _SECRET.search(text) and isinstance(node, (ast.Dict, ast.List, ast.Tuple)):
        return "[redacted]"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
