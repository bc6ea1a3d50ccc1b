"""The settings modules that wsgi.py, asgi.py or manage.py name."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from nuages.inspect.tree import Tree

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_TEST = re.compile(r"(^|[._])(tests?|testing|ci)($|[._])")


@dataclass(frozen=True, slots=True)
class NamedSettings:
    """A settings module, and the line that names it."""

    module: str
    file: str
    line: int


def named_settings(tree: Tree, path: str) -> list[NamedSettings]:
    """What `path` sets DJANGO_SETTINGS_MODULE to, the likeliest first: the last one that is not
    for tests, because branches for tests come first."""
    if _VARIABLE.encode() not in tree.read(path):
        return []
    module = tree.parse(path)
    if module is None:
        return []
    found = [
        NamedSettings(value.value, path, value.lineno)
        for node in ast.walk(module)
        for value in _values(node)
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value
    ]
    found.sort(key=lambda named: (_TEST.search(named.module) is not None, -named.line))
    return found


def _values(node: ast.AST) -> list[ast.expr]:
    """The expressions that a statement or call gives the variable."""
    if isinstance(node, ast.Call):
        arguments = node.args
        is_default = isinstance(node.func, ast.Attribute) and node.func.attr in (
            "setdefault",
            "get",
            "getenv",
            "putenv",
        )
        if is_default and len(arguments) == 2 and _is_variable(arguments[0]):
            return _branches(arguments[1])
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and _is_variable(target.slice):
                return _branches(node.value)
    return []


def _branches(node: ast.expr) -> list[ast.expr]:
    """The constants that an expression may come to."""
    if isinstance(node, ast.IfExp):
        return [*_branches(node.body), *_branches(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [branch for value in node.values for branch in _branches(value)]
    return [node]


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == _VARIABLE
