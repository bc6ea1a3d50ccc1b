"""The settings modules that wsgi.py, asgi.py or manage.py name."""

from __future__ import annotations

import ast
import copy
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nuages.inspect.evaluate import text_of
from nuages.inspect.tree import Tree, join

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_TEST = re.compile(r"(^|[._])(tests?|testing|ci)($|[._])")
_MODULE = re.compile(r"[A-Za-z_*][\w*]*(\.[\w*]+)*")
_LOOKUPS = ("get", "getenv", "config", "env", "str")
_SETTERS = ("setdefault", "get", "getenv", "putenv")
ANY = "*"
# A name that is assigned from itself would otherwise be followed for ever.
_DEEPEST = 5

_Names = Mapping[str, list[ast.expr]]


@dataclass(frozen=True, slots=True)
class NamedSettings:
    """A settings module, and the line that names it. A `*` in it stands for what only running
    would tell. `outright` is on where it is assigned whatever the environment says."""

    module: str
    file: str
    line: int
    outright: bool = False

    def is_in(self, tree: Tree, folder: str) -> bool:
        """Whether the module can be imported with `folder` on the path."""
        package, star, _ = self.module.partition(ANY)
        if not star:
            return tree.module(self.module, folder) != ""
        below = package.rpartition(".")[0].replace(".", "/")
        return below != "" and join(folder, below) in tree.folders


def named_settings(
    tree: Tree, path: str, variable: str = _VARIABLE, config: Mapping[str, str] | None = None
) -> list[NamedSettings]:
    """What `path` sets DJANGO_SETTINGS_MODULE (or another `variable`) to, the likeliest first:
    the last one that is not for tests, because branches for tests come first. Names that are
    computed are followed as far as constants, defaults and the config vars tell."""
    if variable.encode() not in tree.read(path):
        return []
    parsed = tree.parse(path)
    if parsed is None:
        return []
    try:
        found = list(_named(parsed, path, variable, config or {}))
    except RecursionError:
        return []
    found.sort(key=lambda named: (_TEST.search(named.module) is not None, -named.line))
    return found


def _named(
    parsed: ast.Module, path: str, variable: str, config: Mapping[str, str]
) -> Iterator[NamedSettings]:
    module = _Lookups(config, variable).visit(copy.deepcopy(parsed))
    names = _assigned(module)
    special = _of_special_commands(module)
    for node in ast.walk(module):
        if node in special:
            continue
        for value in _values(node, variable):
            for each in _branches(value, names):
                text = _shown(each, path, names)
                if _MODULE.fullmatch(text) and text != ANY:
                    outright = isinstance(node, ast.Assign)
                    yield NamedSettings(text, path, value.lineno, outright)


class _Lookups(ast.NodeTransformer):
    """Lookups of the environment become what they come to: a config var, else the default; and
    formatted texts of the older kinds become f-strings."""

    def __init__(self, config: Mapping[str, str], variable: str) -> None:
        self._config = config
        self._variable = variable

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        first = node.args[0] if node.args else None
        if name == "format" and isinstance(function, ast.Attribute) and not node.keywords:
            return _formatted(node, function.value, "{}", node.args)
        if name not in _LOOKUPS or not isinstance(first, ast.Constant):
            return node
        if first.value == self._variable:
            return node
        if first.value in self._config:
            return ast.copy_location(ast.Constant(self._config[str(first.value)]), node)
        defaults = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "default")]
        return defaults[0] if defaults else ast.copy_location(ast.Constant(None), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(node.ctx, ast.Load) and key in self._config and key != self._variable:
            return ast.copy_location(ast.Constant(self._config[str(key)]), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod):
            right = node.right
            values = right.elts if isinstance(right, ast.Tuple) else [right]
            return _formatted(node, node.left, "%s", values)
        return node


def _formatted(node: ast.expr, text: ast.expr, mark: str, values: list[ast.expr]) -> ast.expr:
    """The f-string that a format of `values` into `text` is; `node` itself where it is another
    thing."""
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return node
    pieces = text.value.split(mark)
    if len(pieces) != len(values) + 1:
        return node
    parts: list[ast.expr] = [ast.Constant(pieces[0])]
    for value, piece in zip(values, pieces[1:], strict=True):
        parts += [ast.FormattedValue(value, -1), ast.Constant(piece)]
    return ast.copy_location(ast.JoinedStr(parts), node)


def _of_special_commands(module: ast.AST) -> set[ast.AST]:
    """What is run for some arguments only, as in `if sys.argv[1] == "makemigrations":` with
    another branch for all others."""
    found: set[ast.AST] = set()
    for node in ast.walk(module):
        if (
            not isinstance(node, ast.If)
            or not node.orelse
            or "sys.argv" not in ast.unparse(node.test)
        ):
            continue
        negated = (ast.NotEq, ast.NotIn, ast.Not)
        if not any(isinstance(each, negated) for each in ast.walk(node.test)):
            found.update(each for statement in node.body for each in ast.walk(statement))
    return found


def _assigned(module: ast.AST) -> _Names:
    """Every expression that each name is assigned, in branches too."""
    names: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names[target.id].append(node.value)
    return names


def _values(node: ast.AST, variable: str) -> list[ast.expr]:
    """The expressions that a statement or call gives the variable."""
    if isinstance(node, ast.Call):
        is_setter = isinstance(node.func, ast.Attribute) and node.func.attr in _SETTERS
        if is_setter and len(node.args) == 2 and _is_text(node.args[0], variable):
            return [node.args[1]]
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and _is_text(target.slice, variable):
                return [node.value]
    return []


def _branches(node: ast.expr, names: _Names, depth: int = 0) -> list[ast.expr]:
    """The expressions that one may come to."""
    if depth > _DEEPEST:
        return []
    inner: list[ast.expr] = []
    if isinstance(node, ast.IfExp):
        inner = [node.body, node.orelse]
    elif isinstance(node, ast.BoolOp):
        inner = node.values
    elif isinstance(node, ast.Name):
        inner = names.get(node.id, [])
    if not inner:
        return [node]
    return [branch for value in inner for branch in _branches(value, names, depth + 1)]


def _shown(node: ast.expr, path: str, names: _Names) -> str:
    """The text of an expression, with a star for each part that may be several."""
    single = {name: (values[0], path) for name, values in names.items() if len(values) == 1}
    whole = text_of(node, path, single)
    if whole:
        return whole
    if isinstance(node, ast.JoinedStr):
        return "".join(_shown(part, path, names) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        choices = {text_of(each, path, single) for each in _branches(node.value, names)}
        return choices.pop() or ANY if len(choices) == 1 else ANY
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _shown(node.left, path, names) + _shown(node.right, path, names)
    return "" if isinstance(node, ast.Constant) else ANY


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
