"""Files that settings read when they are loaded, as by `open('secrets.json')`, and that are not
in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.facts.settings import SettingsRead
from nuages.inspect.tree import Tree, join

_OPEN = ("open", "io.open", "codecs.open")
_WRITING = re.compile(r"[wax+]")
_PARSER = re.compile(r"\b(?:Raw|Safe)?ConfigParser\(")
# What every system has.
_SYSTEM = re.compile(r"/(?:proc|sys|dev|usr|tmp)/|/etc/(?:hostname|os-release|machine-id|hosts)$")


@dataclass(frozen=True, slots=True)
class AbsentFile:
    """A file that `file` reads at `line` and that is not in the source; `place` is where it would
    lie, below the source, or absolute where that is elsewhere; `has_key` where nothing but
    SECRET_KEY is made of it."""

    place: str
    file: str
    line: int
    has_key: bool = False


def absent_files(tree: Tree, root: str, read: SettingsRead) -> list[AbsentFile]:
    """What the settings read in vain, each file once. Inside of `try` and in branches they can
    do without."""
    found: dict[str, AbsentFile] = {}
    for file in read.files:
        module = tree.parse(file)
        if module is None:
            continue
        look = _Look(file, root, _parsers(module), read.expressions())
        for place, line in look.places(_unguarded(module.body, _functions(module))):
            if not tree.has(place) and place not in tree.folders:
                has_key = line in _lines_of_key(module)
                found.setdefault(place, AbsentFile(place, file, line, has_key))
    return list(found.values())


def _lines_of_key(module: ast.Module) -> set[int]:
    """The lines of the statements that make SECRET_KEY alone."""
    found: set[int] = set()
    for statement in module.body:
        body = statement.body if isinstance(statement, ast.With) else [statement]
        if len(body) == 1 and isinstance(body[0], ast.Assign):
            targets = body[0].targets
            if len(targets) == 1 and ast.unparse(targets[0]) == "SECRET_KEY":
                found.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """How the calls of one file are looked at: its name, the project's folder, the names of
    ConfigParser objects that cannot do without their file, and what other names stand for."""

    file: str
    root: str
    parsers: frozenset[str]
    names: Mapping[str, tuple[ast.expr, str]]

    def places(self, nodes: Iterator[ast.AST]) -> Iterator[tuple[str, int]]:
        """The files that calls among `nodes` read, each with its line."""
        for node in nodes:
            path = _path_read(node, self.parsers) if isinstance(node, ast.Call) else None
            if path is not None and (place := self._place(path)):
                yield place, path.lineno

    def _place(self, path: ast.expr) -> str:
        """Where a path lies, as in `AbsentFile`; empty where only running it would tell."""
        try:
            value = evaluate(path, self.file, self.names)
        except UnknownValueError:
            return ""
        if not isinstance(value, (str, PurePosixPath)) or not str(value):
            return ""
        place = str(APP / join(self.root, str(value)) if not str(value).startswith("/") else value)
        if place.startswith(f"{APP}/"):
            return join("", place.removeprefix(f"{APP}/"))
        is_file = PurePosixPath(place).suffix != "" and not _SYSTEM.match(place)
        return place if is_file else ""


def _path_read(call: ast.Call, parsers: frozenset[str]) -> ast.expr | None:
    """The path that a call reads; None where it reads none."""
    name = ast.unparse(call.func)
    first = call.args[0] if call.args else None
    if name in _OPEN:
        return None if _writes(call, 1) else first
    if name == "toml.load":
        return first
    if not isinstance(call.func, ast.Attribute):
        return None
    owner, method = call.func.value, call.func.attr
    if method in ("read_text", "read_bytes") or (method == "open" and not _writes(call, 0)):
        return owner
    # A list of files is one of which some may be absent.
    is_one = method == "read" and not isinstance(first, (ast.List, ast.Tuple))
    return first if is_one and ast.unparse(owner) in parsers else None


def _writes(call: ast.Call, position: int) -> bool:
    named = (each.value for each in call.keywords if each.arg == "mode")
    mode = call.args[position] if len(call.args) > position else next(named, None)
    return mode is not None and (
        not isinstance(mode, ast.Constant) or _WRITING.search(str(mode.value)) is not None
    )


def _parsers(module: ast.Module) -> frozenset[str]:
    """The names of ConfigParser objects, which pass over a file that is not there, and of which
    something is asked that has no default."""
    made = {
        ast.unparse(node.targets[0])
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and _PARSER.search(ast.unparse(node.value))
    }
    return frozenset(name for name in made if any(_asks(node, name) for node in ast.walk(module)))


def _asks(node: ast.AST, parser: str) -> bool:
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == parser
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    is_get = node.func.attr.startswith("get") and ast.unparse(node.func.value) == parser
    return is_get and not any(each.arg == "fallback" for each in node.keywords)


def _functions(module: ast.Module) -> dict[str, list[ast.stmt]]:
    return {node.name: node.body for node in module.body if isinstance(node, ast.FunctionDef)}


def _unguarded(body: list[ast.stmt], functions: dict[str, list[ast.stmt]]) -> Iterator[ast.AST]:
    """Every node that is certainly come to when the statements run, the bodies of functions of
    the same file that are called among them."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.If, ast.Try)):
            if isinstance(statement, ast.Try):
                yield from _unguarded(statement.finalbody, functions)
            continue
        if isinstance(statement, (ast.For, ast.While)):
            continue
        if isinstance(statement, ast.With):
            if "suppress" in ast.unparse(statement.items[0].context_expr):
                continue
            for item in statement.items:
                yield from _certain(item.context_expr, functions)
            yield from _unguarded(statement.body, functions)
        elif isinstance(statement, ast.ClassDef):
            yield from _unguarded(statement.body, functions)
        else:
            yield from _certain(statement, functions)


def _certain(node: ast.AST, functions: dict[str, list[ast.stmt]]) -> Iterator[ast.AST]:
    if isinstance(node, (ast.IfExp, ast.BoolOp, ast.Lambda)):
        return
    yield node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        # Once, however often it is called.
        yield from _unguarded(functions.pop(node.func.id, []), functions)
    for child in ast.iter_child_nodes(node):
        yield from _certain(child, functions)
