"""A rule about apps of the project whose models have no migrations."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nuages.inspect.declared.code import NO_MIGRATIONS
from nuages.inspect.evaluate import UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence
from nuages.inspect.tree import Tree, join

_BASES = ("models.Model", "AbstractUser", "AbstractBaseUser")
_MARKS = tuple(base.encode() for base in _BASES)


def check_migrations(evidence: Evidence) -> None:
    """Say which installed apps of the source define a table and bring no migration for it."""
    assigned = evidence.read.assigned
    if "MIGRATION_MODULES" in assigned or "INSTALLED_APPS" not in assigned:
        return
    tree = evidence.tree
    left_out = tuple(left.path for left in tree.source.left_out)
    for folder in _apps(evidence):
        below = f"{folder}/migrations/"
        left = any(path.startswith(below) or below.startswith(f"{path}/") for path in left_out)
        made = any(
            path.startswith(below) and path.endswith(".py") and not path.endswith("__init__.py")
            for path in tree.paths
        )
        place = None if made or left else _first_table(tree, folder)
        if place is not None:
            name, file, line = place
            message = f"{folder} has no migrations, and {name} is a table of it"
            evidence.remarks.say(NO_MIGRATIONS, message, file, line)


def _apps(evidence: Evidence) -> Iterator[str]:
    """The folders of installed apps that lie in the source."""
    assigned = evidence.read.assigned["INSTALLED_APPS"]
    try:
        entries = evaluate(assigned.node, assigned.file, evidence.read.expressions())
    except UnknownValueError:
        return
    for entry in entries if isinstance(entries, list) else ():
        # `polls.apps.PollsConfig` is an app of `polls`.
        dotted = str(entry).partition(".apps.")[0]
        folder = join(evidence.root, dotted.replace(".", "/"))
        if folder in evidence.tree.folders and folder != ".":
            yield folder


def _first_table(tree: Tree, folder: str) -> tuple[str, str, int] | None:
    """The first model of an app that surely has a table: its name, file and line."""
    files = [f"{folder}/models.py"]
    files += sorted(path for path in tree.paths if path.startswith(f"{folder}/models/"))
    for file in files:
        if not file.endswith(".py") or not any(mark in tree.read(file) for mark in _MARKS):
            continue
        module = tree.parse(file)
        for node in module.body if module else ():
            if isinstance(node, ast.ClassDef) and _has_table(node):
                return node.name, file, node.lineno
    return None


def _has_table(node: ast.ClassDef) -> bool:
    if not any(ast.unparse(base) in _BASES for base in node.bases):
        return False
    options = [
        target.id
        for meta in node.body
        if isinstance(meta, ast.ClassDef) and meta.name == "Meta"
        for part in meta.body
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name)
    ]
    return not {"abstract", "managed", "proxy", "app_label"} & set(options)
