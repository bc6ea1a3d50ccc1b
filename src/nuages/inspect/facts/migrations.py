"""The project's migration files, so that a release can tell whether one came or changed."""

from __future__ import annotations

import re

from nuages.inspect.tree import Tree

_MIGRATION = re.compile(r"(?:.*/)?migrations/(?!__init__\.py$)[^/]+\.py")


def find_migrations(tree: Tree, root: str) -> tuple[str, ...]:
    """Sorted paths of every migration below the project's folder."""
    prefix = "" if root == "." else f"{root}/"
    return tuple(sorted(p for p in tree.paths if p.startswith(prefix) and _MIGRATION.fullmatch(p)))
