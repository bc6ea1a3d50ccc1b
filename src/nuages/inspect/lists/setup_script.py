"""setup.py, read and never run: what it hands to `setup()`, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from nuages.core.requirement_lines import logical_lines
from nuages.inspect.tree import Tree, join, parent

_DEEPEST = 30
_MOST_STEPS = 2_000
# What leaves a list, or the text of a file, as it is for us.
_SAME = frozenset(("dedent", "list", "set", "sorted", "str", "tuple"))
_METHODS = frozenset((
    "copy", "decode", "read", "read_text", "readlines", "replace", "split", "splitlines", "strip",
))  # fmt: skip
_LISTS = (".txt", ".in", ".pip")
# Branches that are taken: whether a file is there, and that the script is run.
_CONDITIONS = ("exists", "isfile", "is_file", "__main__")


@dataclass(frozen=True, slots=True)
class Part:
    """A requirement with its line in the script, or the path of a requirements file."""

    text: str = ""
    file: str = ""
    line: int = 1


@dataclass(slots=True)
class ScriptRead:
    """`requires` and `extras` as they are written; `whole` is off where running the script would
    tell more; `builds` is on where more than modules is built."""

    requires: list[Part] = field(default_factory=list)
    extras: dict[str, list[Part]] = field(default_factory=dict)
    whole: bool = True
    builds: bool = False


def read_setup_script(tree: Tree, path: str) -> ScriptRead | None:
    """What a setup.py says; None where it calls no `setup()` or is no Python."""
    module = tree.parse(path)
    if module is None:
        return None
    around: list[ast.stmt] = list(module.body)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and any(map(_is_setup, ast.walk(node))):
            around += node.body
    call = next(filter(_is_setup, ast.walk(module)), None)
    return _Script(tree, path, around).read(call) if isinstance(call, ast.Call) else None


def _is_setup(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name == "setup"


class _Script:
    def __init__(self, tree: Tree, path: str, body: list[ast.stmt]) -> None:
        self.tree, self.folder = tree, parent(path)
        self.names: dict[str, list[ast.expr]] = {}
        self.functions: dict[str, ast.FunctionDef] = {}
        self.whole, self.steps = True, 0
        # The names whose values are being looked at.
        self.open: list[str] = []
        self._note(body)

    def read(self, call: ast.Call) -> ScriptRead:
        """What the call of `setup()` is given."""
        given = dict(self._given(call))
        found = ScriptRead(builds="ext_modules" in given or "cffi_modules" in given)
        if "install_requires" in given:
            found.requires = self._parts(given["install_requires"], 0)
        found.whole = self.whole
        for name, listed in self._table(given.get("extras_require")):
            found.extras[name] = self._parts(listed, 0)
        return found

    def _given(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        for keyword in call.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value
            else:
                yield from self._table(keyword.value)

    def _table(self, node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
        """The entries of a dictionary with constant keys."""
        if isinstance(node, ast.Name):
            for each in self.names.get(node.id, ()):
                if not isinstance(each, ast.Name):
                    yield from self._table(each)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
            yield from self._given(node)

    def _note(self, body: list[ast.stmt]) -> None:
        """Remember what names stand for; a branch for another Python is passed over."""
        for node in body:
            if isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value:
                self._bind(node.target, node.value)
            elif isinstance(node, (ast.With, ast.For, ast.Try, ast.If)):
                self._note_inside(node)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                method = node.value.func
                if isinstance(method, ast.Attribute) and method.attr in ("append", "extend"):
                    for argument in node.value.args:
                        self._bind(method.value, argument)

    def _note_inside(self, node: ast.With | ast.For | ast.Try | ast.If) -> None:
        if isinstance(node, ast.If):
            if any(word in ast.unparse(node.test) for word in _CONDITIONS):
                self._note(node.body)
            return
        if isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr)
        elif isinstance(node, ast.For):
            self._bind(node.target, node.iter)
        self._note(node.body)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.names.setdefault(target.id, []).append(value)

    def _parts(self, node: ast.expr, depth: int) -> list[Part]:
        """The requirements that an expression stands for."""
        self.steps += 1
        if depth > _DEEPEST or self.steps > _MOST_STEPS:
            self.whole = False
            return []
        if isinstance(node, ast.Constant):
            said = node.value if isinstance(node.value, str) else ""
            return [Part(text, "", node.lineno) for _, text in logical_lines(said)]
        name = node.id if isinstance(node, ast.Name) else ""
        if name and name in self.open:
            return []
        inner = self._inner(node)
        if inner is None:
            return self._files(node)
        self.open.append(name)
        parts = [part for each in inner for part in self._parts(each, depth + 1)]
        self.open.pop()
        return parts

    def _inner(self, node: ast.expr) -> list[ast.expr] | None:
        """The expressions whose requirements are those of `node`; None where only a file that it
        names can tell."""
        inner: list[ast.expr] | None = None
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            inner = node.elts
        elif isinstance(node, ast.Starred):
            inner = [node.value]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            inner = [node.left, node.right]
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            inner = [node.generators[0].iter]
        elif isinstance(node, ast.Name):
            inner = self.names.get(node.id)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            wanted = node.slice.value
            inner = [value for key, value in self._table(node.value) if key == wanted]
        elif isinstance(node, ast.Call):
            inner = self._called(node)
        return inner

    def _called(self, node: ast.Call) -> list[ast.expr] | None:
        function = node.func
        if isinstance(function, ast.Attribute):
            if function.attr in _METHODS and not self._named(node):
                return [function.value]
            return node.args[:1] if function.attr in _SAME else None
        if isinstance(function, ast.Name):
            if function.id in _SAME:
                return node.args[:1]
            own = self.functions.get(function.id)
            if own is not None and not self._named(node) and not self._named(own):
                returned = [each.value for each in ast.walk(own) if isinstance(each, ast.Return)]
                return [each for each in returned if each is not None]
        return None

    def _files(self, node: ast.expr) -> list[Part]:
        """The requirements files that an expression names, or what it is made of."""
        seen: set[str] = set()
        waiting: list[ast.AST] = [node]
        found: dict[str, Part] = {}
        while waiting:
            each = waiting.pop(0)
            for path in self._named(each):
                found.setdefault(path, Part(file=path))
            for inner in ast.walk(each):
                name = inner.id if isinstance(inner, ast.Name) else ""
                if name and name not in seen:
                    seen.add(name)
                    waiting += self.names.get(name, ())
                    waiting += [self.functions[name]] if name in self.functions else []
        if not found:
            self.whole = False
        return list(found.values())

    def _named(self, node: ast.AST) -> list[str]:
        """The requirements files of the source that constants below `node` name, alone or joined
        in one call."""
        found: list[str] = []
        for each in ast.walk(node):
            words: list[str] = []
            if isinstance(each, ast.Call):
                texts = [arg.value for arg in each.args if isinstance(arg, ast.Constant)]
                words = [text for text in texts if isinstance(text, str)]
            elif isinstance(each, ast.BinOp):
                words = _divided(each)
            elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                words = [each.value]
            path = join(self.folder, "/".join(words)) if words else ""
            if path.endswith(_LISTS) and path not in found and self.tree.has(path):
                found.append(path)
        return found


def _divided(node: ast.expr) -> list[str]:
    """The constants at the end of a path that is joined by slashes."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return []
    right = node.right.value if isinstance(node.right, ast.Constant) else None
    return [*_divided(node.left), right] if isinstance(right, str) else []
