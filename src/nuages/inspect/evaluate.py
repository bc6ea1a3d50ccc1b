"""Expressions of a settings file, evaluated as far as they are constants and paths."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

# Where the source lies in an instance.
APP = PurePosixPath("/app")
_DEEPEST = 40
# Names that double one another would otherwise take for ever.
_MOST_STEPS = 5_000


class UnknownValueError(Exception):
    """The expression depends on something that only running it would tell."""


def evaluate(node: ast.expr, file: str, names: Mapping[str, tuple[ast.expr, str]]) -> Any:
    """The value of `node`, which stands in `file`; `names` are assigned expressions with their
    files. Paths come as PurePosixPath below /app. Raises UnknownValueError."""
    return _Evaluation(names).value(node, file, 0)


def text_of(node: ast.expr, file: str, names: Mapping[str, tuple[ast.expr, str]]) -> str:
    """As `evaluate`, but a text for whatever can be shown, and `` for what is not known."""
    try:
        value = evaluate(node, file, names)
    except UnknownValueError:
        return ""
    return str(value) if isinstance(value, (str, PurePosixPath)) else ""


class _Evaluation:
    def __init__(self, names: Mapping[str, tuple[ast.expr, str]]) -> None:
        self.names = names
        self.steps = 0

    def value(self, node: ast.expr, file: str, depth: int) -> Any:
        self.steps += 1
        if depth > _DEEPEST or self.steps > _MOST_STEPS:
            raise UnknownValueError
        method: Callable[[Any, str, int], Any] | None = getattr(
            self, f"_{type(node).__name__.lower()}", None
        )
        if method is None:
            raise UnknownValueError
        return method(node, file, depth + 1)

    def _constant(self, node: ast.Constant, _file: str, _depth: int) -> Any:
        return node.value

    def _name(self, node: ast.Name, file: str, depth: int) -> Any:
        if node.id == "__file__":
            return APP / file
        if node.id not in self.names:
            raise UnknownValueError
        expression, place = self.names[node.id]
        return self.value(expression, place, depth)

    def _list(self, node: ast.List | ast.Tuple, file: str, depth: int) -> list[Any]:
        return [self.value(each, file, depth) for each in node.elts]

    _tuple = _list

    def _set(self, node: ast.Set, file: str, depth: int) -> list[Any]:
        return [self.value(each, file, depth) for each in node.elts]

    def _dict(self, node: ast.Dict, file: str, depth: int) -> dict[Any, Any]:
        """A dictionary whose keys are constants; values that are not known are left away."""
        known = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant):
                continue
            try:
                known[key.value] = self.value(item, file, depth)
            except UnknownValueError:
                continue
        return known

    def _joinedstr(self, node: ast.JoinedStr, file: str, depth: int) -> str:
        parts = [
            self.value(part.value if isinstance(part, ast.FormattedValue) else part, file, depth)
            for part in node.values
        ]
        return "".join(str(part) for part in parts)

    def _binop(self, node: ast.BinOp, file: str, depth: int) -> Any:
        left, right = self.value(node.left, file, depth), self.value(node.right, file, depth)
        if isinstance(node.op, ast.Div) and isinstance(left, PurePosixPath):
            return _plain(left / str(right))
        if isinstance(node.op, ast.Add):
            if isinstance(left, str) and isinstance(right, str):
                return left + right
            if isinstance(left, list) and isinstance(right, list):
                return left + right
        raise UnknownValueError

    def _unaryop(self, node: ast.UnaryOp, file: str, depth: int) -> Any:
        value = self.value(node.operand, file, depth)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
            return -value
        raise UnknownValueError

    def _attribute(self, node: ast.Attribute, file: str, depth: int) -> Any:
        value = self.value(node.value, file, depth)
        if isinstance(value, PurePosixPath):
            if node.attr == "parent":
                return value.parent
            if node.attr == "parents":
                return list(value.parents)
        raise UnknownValueError

    def _subscript(self, node: ast.Subscript, file: str, depth: int) -> Any:
        value, index = self.value(node.value, file, depth), self.value(node.slice, file, depth)
        try:
            return value[index]
        except (TypeError, KeyError, IndexError):
            raise UnknownValueError from None

    def _call(self, node: ast.Call, file: str, depth: int) -> Any:
        if node.keywords and ast.unparse(node.func).rpartition(".")[2] != "resolve":
            raise UnknownValueError
        function = _FUNCTIONS.get(ast.unparse(node.func))
        if function is not None:
            return function([self.value(each, file, depth) for each in node.args])
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            owner = self.value(node.func.value, file, depth)
            values = [self.value(each, file, depth) for each in node.args]
            if node.func.attr == "replace":
                return _replaced(owner, values)
            base = _path(owner)
            if node.func.attr == "as_posix":
                return str(base)
            return _joined([base, *values]) if node.func.attr == "joinpath" else _plain(base)
        raise UnknownValueError


def _replaced(text: Any, values: list[Any]) -> str:
    """`text.replace(…)`, as settings make slashes of the backslashes of Windows."""
    if len(values) != 2 or not all(isinstance(each, str) for each in (text, *values)):
        raise UnknownValueError
    return str(text.replace(*values))


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, PurePosixPath))


def _path(value: Any) -> PurePosixPath:
    if not _is_path(value):
        raise UnknownValueError
    return PurePosixPath(str(value))


def _plain(path: PurePosixPath) -> PurePosixPath:
    """Without `..`, as far as the text tells."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] not in ("/", ".."):
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def _joined(values: list[Any]) -> PurePosixPath:
    if not values:
        raise UnknownValueError
    return _plain(PurePosixPath(*[_path(value) for value in values]))


def _single(values: list[Any]) -> PurePosixPath:
    if len(values) != 1:
        raise UnknownValueError
    return _plain(_path(values[0]))


def _text(values: list[Any]) -> str:
    if len(values) != 1 or not isinstance(values[0], (str, int, PurePosixPath)):
        raise UnknownValueError
    return str(values[0])


def _sequence(values: list[Any]) -> list[Any]:
    if len(values) != 1 or not isinstance(values[0], list):
        raise UnknownValueError
    return values[0]


_METHODS = ("resolve", "absolute", "joinpath", "expanduser", "as_posix", "replace")
_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "str": _text,
    "list": _sequence,
    "tuple": _sequence,
    **dict.fromkeys(("Path", "pathlib.Path", "PurePath"), _joined),
    "Path.resolve": _single,
    "os.fspath": _text,
}
for _prefix in ("os.path.", "path.", ""):
    _FUNCTIONS[f"{_prefix}join"] = lambda values: str(_joined(values))
    _FUNCTIONS[f"{_prefix}dirname"] = lambda values: str(_single(values).parent)
    for _name in ("abspath", "realpath", "normpath"):
        _FUNCTIONS[f"{_prefix}{_name}"] = lambda values: str(_single(values))
