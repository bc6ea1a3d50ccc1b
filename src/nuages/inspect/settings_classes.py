"""Fields of pydantic's settings classes as the variables that they are read from
(https://docs.pydantic.dev/latest/concepts/pydantic_settings/, and 1.10's "Settings management")."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nuages.core.facts import VariableRead
from nuages.inspect.facts.variables import surroundings
from nuages.inspect.tree import Tree

_BASE = "BaseSettings"
_MARK = b"BaseSettings"
_TYPES = {"str": "str", "bool": "bool", "int": "int", "SecretStr": "str", "float": "int"}
_COLLECTIONS = frozenset(("list", "set", "tuple", "dict", "List", "Set", "Tuple", "Dict"))
# A cast and a setting.
_Use = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    variable: str
    line: int
    default: str | None
    cast: str
    required: bool


@dataclass(slots=True)
class _Class:
    """A settings class: its fields, and whether it is pydantic 1's, in which what may be None
    needs no default."""

    bases: tuple[str, ...]
    fields: list[_Field] = field(default_factory=list)


def read_settings_classes(tree: Tree, files: Sequence[str], root: str) -> list[VariableRead]:
    """The fields of settings classes in `files`, and in the modules of the project in `root` that
    these import from; each with the setting that it becomes."""
    places = _places(tree, files, root)
    if not places:
        return []
    modules = {path: module for path in (*files, *places) if (module := tree.parse(path))}
    classes: dict[str, tuple[str, _Class]] = {}
    for path in places:
        for node in ast.walk(modules.get(path, ast.Module([], []))):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, (path, _read_class(modules[path], node)))
    used = _used(modules.values(), {name for name in classes if _is_settings(name, classes)})
    found = []
    for name, (path, read) in classes.items():
        for each in read.fields if _is_settings(name, classes) else ():
            cast, setting = used.get((name, each.name), ("", ""))
            found.append(
                VariableRead(
                    each.variable, path, each.line, each.default, cast or each.cast, setting,
                    each.required,
                )
            )  # fmt: skip
    return found


def _places(tree: Tree, files: Sequence[str], root: str) -> list[str]:
    """Those of `files`, and of the project's modules that they import, with a settings class."""
    places = dict.fromkeys(files)
    for path in files:
        module = tree.parse(path)
        for node in module.body if module else ():
            if isinstance(node, ast.ImportFrom) and node.module:
                folder = path.rpartition("/")[0] or "." if node.level == 1 else root
                names = (node.module, *(f"{node.module}.{each.name}" for each in node.names))
                places.update(dict.fromkeys(filter(None, (tree.module(n, folder) for n in names))))
    return [path for path in places if _MARK in tree.read(path)]


def _is_settings(name: str, classes: Mapping[str, tuple[str, _Class]], depth: int = 0) -> bool:
    bases = classes[name][1].bases
    return _BASE in bases or any(
        base in classes and depth < len(classes) and _is_settings(base, classes, depth + 1)
        for base in bases
    )


def _read_class(module: ast.Module, node: ast.ClassDef) -> _Class:
    bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    prefix, names, sensitive = _configuration(node)
    is_first = not any(
        isinstance(each, ast.ImportFrom) and each.module == "pydantic_settings"
        for each in module.body
    )
    found = _Class(bases)
    for each in node.body:
        if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name):
            continue
        name = each.target.id
        if name == "model_config" or name.startswith("_"):
            continue
        own = names.get(name, "") or _alias(each.value)
        variable = own or (f"{prefix}{name}" if sensitive else f"{prefix}{name}".upper())
        default, has_default = _default(each.value)
        may_lack = is_first and "None" in ast.unparse(each.annotation).replace("Optional", "None")
        cast = _cast(each.annotation)
        required = not has_default and not may_lack
        found.fields.append(_Field(name, variable, each.lineno, default, cast, required))
    return found


def _configuration(node: ast.ClassDef) -> tuple[str, dict[str, str], bool]:
    """The prefix of all variables, the names of some, and whether case counts."""
    values: dict[str, ast.expr] = {}
    for each in node.body:
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            for inner in each.body:
                if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                    values[inner.targets[0].id] = inner.value
        elif isinstance(each, (ast.Assign, ast.AnnAssign)) and isinstance(each.value, ast.Call):
            target = each.targets[0] if isinstance(each, ast.Assign) else each.target
            if isinstance(target, ast.Name) and target.id == "model_config":
                values |= {word.arg: word.value for word in each.value.keywords if word.arg}
    named = {
        name: _entries(said).get("env") for name, said in _entries(values.get("fields")).items()
    }
    names = {name: _text(said) for name, said in named.items() if _text(said)}
    sensitive = values.get("case_sensitive")
    is_sensitive = isinstance(sensitive, ast.Constant) and sensitive.value is True
    return _text(values.get("env_prefix")), names, is_sensitive


def _entries(node: ast.expr | None) -> dict[str, ast.expr]:
    """A dictionary with constant keys."""
    if not isinstance(node, ast.Dict):
        return {}
    return {_text(key): value for key, value in zip(node.keys, node.values, strict=True)}


def _alias(value: ast.expr | None) -> str:
    """The variable that a `Field(…)` names itself."""
    if isinstance(value, ast.Call):
        for word in value.keywords:
            if word.arg in ("env", "validation_alias", "alias"):
                return _text(word.value)
    return ""


def _default(value: ast.expr | None) -> tuple[str | None, bool]:
    """The text of a default (None: it has none, or one that is None), and whether there is one."""
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("Field"):
        given = value.args[0] if value.args else None
        for word in value.keywords:
            if word.arg == "default":
                given = word.value
            elif word.arg == "default_factory":
                return ast.unparse(ast.Call(word.value, [], [])), True
        value = given
    if value is None or (isinstance(value, ast.Constant) and value.value is ...):
        return None, False
    is_none = isinstance(value, ast.Constant) and value.value is None
    return (None if is_none else ast.unparse(value)), True


def _cast(annotation: ast.expr) -> str:
    """What a text becomes; `json` is how pydantic reads collections."""
    if isinstance(annotation, ast.BinOp):
        left = annotation.left
        return _cast(annotation.right if ast.unparse(left) == "None" else left)
    if isinstance(annotation, ast.Subscript):
        name = ast.unparse(annotation.value).rpartition(".")[2]
        inner = annotation.slice
        if name in ("Optional", "Annotated"):
            return _cast(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
        return "json" if name in _COLLECTIONS else "unknown"
    name = ast.unparse(annotation).rpartition(".")[2]
    return "json" if name in _COLLECTIONS else _TYPES.get(name, "unknown")


def _used(modules: Iterable[ast.Module], classes: set[str]) -> dict[tuple[str, str], _Use]:
    """For each class and field the cast and the setting where an instance's is first assigned."""
    nodes = [list(ast.walk(module)) for module in modules]
    makers = dict.fromkeys(classes, "")
    for node in (each for walked in nodes for each in walked):
        # Most often one that keeps the instance.
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                made = _called(inner.value) if isinstance(inner, ast.Return) else ""
                if made in classes:
                    makers[node.name] = made
    instances: dict[str, str] = {}
    for node in (each for walked in nodes for each in walked):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _called(node.value) in makers:
            made = _called(node.value)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (target.id for target in targets if isinstance(target, ast.Name))
            instances.update(dict.fromkeys(names, makers[made] or made))
    used: dict[tuple[str, str], _Use] = {}
    for walked in nodes:
        parents = {child: node for node in walked for child in ast.iter_child_nodes(node)}
        for node in walked:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = instances.get(node.value.id)
                cast, setting = surroundings(parents, node, "") if owner else ("", "")
                if owner and setting:
                    used.setdefault((owner, node.attr), ("" if cast == "str" else cast, setting))
    return used


def _called(node: ast.expr | None) -> str:
    return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
