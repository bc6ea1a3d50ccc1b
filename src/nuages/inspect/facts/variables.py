"""Which variables the settings read from the environment, and how each is turned into a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nuages.core.facts import VariableRead
from nuages.inspect.tree import Tree

# Methods of django-environ's and environs' Env, and what they make of a text.
_METHODS = {
    "str": "str", "bool": "bool", "int": "int", "float": "unknown", "list": "list",
    "tuple": "list", "url": "url", "db": "url", "db_url": "url", "dj_db_url": "url",
    "cache": "url", "cache_url": "url", "dj_cache_url": "url", "email": "url",
    "email_url": "url", "dj_email_url": "url", "search_url": "url", "channels": "url",
    "json": "unknown", "dict": "unknown", "path": "str", "bytes": "str", "log_level": "str",
    "unicode": "str", "get_value": "str", "decimal": "unknown", "date": "unknown",
}  # fmt: skip
# Their methods that have a variable of their own when none is named.
_OWN_NAMES = {
    "db": "DATABASE_URL",
    "db_url": "DATABASE_URL",
    "cache": "CACHE_URL",
    "cache_url": "CACHE_URL",
    "email": "EMAIL_URL",
    "email_url": "EMAIL_URL",
    "search_url": "SEARCH_URL",
}
_TYPES = {"str": "str", "bool": "bool", "int": "int", "list": "list", "tuple": "list"}
_BOOLEANS = ("strtobool", "str2bool", "to_bool", "parse_bool", "str_to_bool")
_UNCHANGED = (
    "lower", "upper", "strip", "casefold", "lstrip", "rstrip", "removesuffix",
    # Of what pydantic makes of a text.
    "get_secret_value", "unicode_string",
)  # fmt: skip
_MARKS = (b"environ", b"getenv", b"config(", b"env")


def read_variables(tree: Tree, files: list[str]) -> tuple[VariableRead, ...]:
    """Every read of a variable in `files`, in order; a settings file that cannot be parsed has
    none."""
    readers = []
    for path in files:
        content = tree.read(path)
        module = tree.parse(path) if any(mark in content for mark in _MARKS) else None
        if module is not None:
            readers.append(_Reader(path, module))
    for reader in readers:
        reader.learn()
    for reader in readers:
        # What one settings module imports or makes, those that import all of it read with.
        for other in readers:
            reader.names.add(other.names, reader.imported)
    found: list[VariableRead] = []
    for reader in readers:
        found.extend(sorted(reader.reads(), key=lambda read: (read.line, read.name)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Read:
    node: ast.expr
    name: str
    default: ast.expr | None = None
    cast: str = ""
    strict: bool = False


@dataclass(slots=True)
class _Names:
    """Names that something is read with. `envs` are Env objects with the casts of their scheme,
    `helpers` the project's own functions, and whether one fails where nothing is set."""

    envs: dict[str, dict[str, tuple[str, ast.expr | None]]] = field(default_factory=dict)
    helpers: dict[str, bool] = field(default_factory=dict)
    decouple: set[str] = field(default_factory=set)
    environ: set[str] = field(default_factory=lambda: {"os.environ", "environ"})
    getenv: set[str] = field(default_factory=lambda: {"os.getenv", "getenv"})

    def add(self, other: _Names, imported: set[str]) -> None:
        """Those of `other` that are `imported`; `*` is all of them."""
        for name in other.envs if "*" in imported else other.envs.keys() & imported:
            if not self.envs.get(name):
                self.envs[name] = other.envs[name]
        for name in other.helpers if "*" in imported else other.helpers.keys() & imported:
            self.helpers.setdefault(name, other.helpers[name])
        if "*" in imported:
            self.decouple |= other.decouple
            self.environ |= other.environ
            self.getenv |= other.getenv


@dataclass(slots=True)
class _Reader:
    """The reads of one file. `imported` are names that come from other modules."""

    file: str
    module: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    names: _Names = field(default_factory=_Names)
    imported: set[str] = field(default_factory=set)

    def reads(self) -> Iterator[VariableRead]:
        """Each read with the cast that the expression around it makes, and its setting."""
        for node in ast.walk(self.module):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        for node in ast.walk(self.module):
            read = self._read(node) if isinstance(node, ast.expr) else None
            if read is not None:
                cast, setting = surroundings(self.parents, read.node, read.cast)
                given = read.default
                nothing = given is None or _is_none(given)
                default = None if given is None or nothing else ast.unparse(given)
                required = read.strict and given is None
                line = read.node.lineno
                yield VariableRead(read.name, self.file, line, default, cast, setting, required)

    def learn(self) -> None:
        """Learn the names of this file."""
        names = self.names
        for node in ast.walk(self.module):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    name = alias.asname or alias.name
                    self.imported.add(name)
                    if node.module == "decouple" and alias.name == "config":
                        names.decouple.add(name)
                    elif node.module == "os" and alias.name == "environ":
                        names.environ.add(name)
                    elif node.module == "os" and alias.name == "getenv":
                        names.getenv.add(name)
                    elif alias.name == "env":
                        # An Env made in another module of the project.
                        names.envs.setdefault(name, {})
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "os" and alias.asname:
                        names.environ.add(f"{alias.asname}.environ")
                        names.getenv.add(f"{alias.asname}.getenv")
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                self._learn_assigned(node, node.value)
            elif isinstance(node, ast.FunctionDef) and node.args.args:
                self._learn_helper(node)

    def _learn_helper(self, function: ast.FunctionDef) -> None:
        """A function of the project's own that reads the variable that its first parameter
        names."""
        parameter = function.args.args[0].arg
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
                named, strict, base = node.slice.id, True, _dotted(node.value)
                reads = base in self.names.environ
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name):
                base = _dotted(node.func)
                named, strict = node.args[0].id, False
                reads = base in self.names.getenv or (
                    base.endswith(".get") and base[:-4] in self.names.environ
                )
            else:
                continue
            if reads and named == parameter:
                self.names.helpers[function.name] = strict
                return

    def _learn_assigned(self, node: ast.Assign, call: ast.Call) -> None:
        function = _dotted(call.func).rpartition(".")[2]
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if function.endswith("Env"):
            scheme = {
                keyword.arg: _scheme(keyword.value) for keyword in call.keywords if keyword.arg
            }
            self.names.envs.update(dict.fromkeys(names, scheme))
        elif function in ("Config", "AutoConfig"):
            self.names.decouple.update(names)

    def _read(self, node: ast.expr) -> _Read | None:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            base = _dotted(node.value)
            name = _constant(node.slice)
            if name and (base in self.names.environ or base in self.names.envs):
                return _Read(node, name, strict=True)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            name = _constant(node.left)
            if name and _dotted(node.comparators[0]) in self.names.environ:
                return _Read(node, name, cast="unknown")
        return self._call(node) if isinstance(node, ast.Call) else None

    def _call(self, node: ast.Call) -> _Read | None:
        function = _dotted(node.func)
        base, _, method = function.rpartition(".")
        name = _constant(_argument(node, 0, "key", "name", "var", "env"))
        strict = self._strictness(function)
        if strict is not None:
            return _Read(node, name, _argument(node, 1, "default"), "", strict) if name else None
        if function in self.names.decouple:
            cast = _cast_of(_keyword(node, "cast"))
            return _Read(node, name, _keyword(node, "default"), cast, True) if name else None
        if function in self.names.envs:
            cast, default = self.names.envs[function].get(name, ("", None))
            given = _argument(node, 2, "default")
            cast = _cast_of(_argument(node, 1, "cast")) or cast
            return _Read(node, name, given or default, cast, True) if name else None
        if base in self.names.envs and method in _METHODS:
            default = _keyword(node, "default") or (node.args[1] if len(node.args) > 1 else None)
            name = name or _OWN_NAMES.get(method, "")
            return _Read(node, name, default, _METHODS[method], True) if name else None
        if function == "dj_database_url.config" or (not base and function == "dj_database_url"):
            name = _constant(_argument(node, 0, "env")) or "DATABASE_URL"
            return _Read(node, name, _argument(node, 1, "default"), "url")
        return None

    def _strictness(self, function: str) -> bool | None:
        """Whether a function that reads the environment fails where nothing is set and no
        default is given; None for any other function."""
        base, _, method = function.rpartition(".")
        if base in self.names.environ and method in ("get", "pop"):
            return method == "pop"
        return False if function in self.names.getenv else self.names.helpers.get(function)


def surroundings(parents: Mapping[ast.AST, ast.AST], read: ast.expr, cast: str) -> tuple[str, str]:
    """The cast that the expressions around a read make (`cast` where it is known), and the
    setting they end in."""
    node: ast.AST = read
    while node in parents and not isinstance(node, ast.stmt):
        above = parents[node]
        if not cast:
            cast = _made_by(above, node)
        node = above
    setting = ""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        while isinstance(target, (ast.Subscript, ast.Attribute)):
            target = target.value
        setting = target.id if isinstance(target, ast.Name) else ""
    elif not cast and not isinstance(node, ast.Return):
        cast = "unknown"
    return cast or "str", setting if setting.isupper() else ""


def _made_by(above: ast.AST, node: ast.AST) -> str:
    """What the expression `above` makes of the text `node`; empty where it passes it on."""
    if isinstance(above, ast.Call) and node in above.args:
        return _made_by_call(_dotted(above.func).rpartition(".")[2])
    if isinstance(above, ast.Compare) and len(above.ops) == 1 and node is above.left:
        return _made_by_comparison(above.ops[0], above.comparators[0])
    if isinstance(above, ast.Attribute):
        if above.attr == "split":
            return "list"
        return "" if above.attr in _UNCHANGED else "unknown"
    is_test = isinstance(above, (ast.If, ast.IfExp, ast.While)) and node is above.test
    is_part = isinstance(above, (ast.UnaryOp, ast.BinOp, ast.JoinedStr, ast.FormattedValue))
    return "unknown" if is_test or is_part else ""


def _made_by_call(function: str) -> str:
    if function == "bool":
        return "nonempty"
    if function in _TYPES:
        return _TYPES[function]
    if function in _BOOLEANS:
        return "bool"
    if function in ("parse", "db_url", "parse_url"):
        return "url"
    return "" if function in ("Path", "str") else "unknown"


def _made_by_comparison(operator: ast.cmpop, other: ast.expr) -> str:
    text = _constant(other)
    if isinstance(operator, ast.Eq) and isinstance(other, ast.Constant):
        return f"equals:{text}"
    if isinstance(operator, ast.NotEq) and isinstance(other, ast.Constant):
        return f"differs:{text}"
    if isinstance(operator, ast.In) and isinstance(other, (ast.List, ast.Tuple, ast.Set)):
        first = next((_constant(each) for each in other.elts if _constant(each)), "")
        return f"equals:{first}" if first else "unknown"
    return "unknown"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _scheme(node: ast.expr) -> tuple[str, ast.expr | None]:
    """A cast, or a pair of a cast and a default, as Env(NAME=…) takes them."""
    if isinstance(node, ast.Tuple) and node.elts:
        return _cast_of(node.elts[0]), node.elts[1] if len(node.elts) > 1 else None
    return _cast_of(node), None


def _cast_of(node: ast.expr | None) -> str:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return ""
    if isinstance(node, ast.Call):
        return "list" if _dotted(node.func).endswith("Csv") else "unknown"
    if isinstance(node, ast.List):
        return "list"
    name = _dotted(node).rpartition(".")[2]
    if name in _BOOLEANS:
        return "bool"
    return "url" if name == "db_url" else _TYPES.get(name, "unknown")


def _argument(node: ast.Call, position: int, *names: str) -> ast.expr | None:
    if len(node.args) > position:
        return node.args[position]
    return _keyword(node, *names)


def _keyword(node: ast.Call, *names: str) -> ast.expr | None:
    return next((each.value for each in node.keywords if each.arg in names), None)


def _constant(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _dotted(node: ast.AST) -> str:
    """`os.environ` for the expression that says so; empty for anything but names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
