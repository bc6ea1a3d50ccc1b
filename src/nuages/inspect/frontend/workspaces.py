"""The workspace that a package.json is a member of: a folder above it whose package.json, or
pnpm-workspace.yaml, names its members by patterns, and whose lock holds the packages of all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nuages.inspect.tree import Tree, join, parent

_PNPM = "pnpm-workspace.yaml"
_PACKAGES = re.compile(
    r"^packages\s*:[ \t]*(\[[^\]]*\])?(.*(?:\n(?:[ \t]*-.*|[ \t]*#.*|[ \t]*))*)", re.M
)
_ITEM = re.compile(r"^\s*-\s*['\"]?([^'\"#\n]+?)['\"]?\s*(?:#.*)?$", re.MULTILINE)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


def workspace_of(tree: Tree, folder: str) -> tuple[str, Mapping[str, Any]]:
    """The nearest folder above `folder` whose workspace takes it in, with the object in its
    package.json; two empty ones where there is none."""
    above = folder
    while above != ".":
        above = parent(above)
        document = _document(tree, join(above, "package.json"))
        below = folder if above == "." else folder[len(above) + 1 :]
        if _takes_in(_patterns(tree, above, document), below):
            return above, document
    return "", {}


def _document(tree: Tree, path: str) -> Mapping[str, Any]:
    try:
        document = json.loads(tree.text(path)) if tree.has(path) else {}
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, Mapping) else {}


def _patterns(tree: Tree, folder: str, document: Mapping[str, Any]) -> Iterator[str]:
    named = document.get("workspaces")
    named = named.get("packages") if isinstance(named, Mapping) else named
    yield from (each for each in named if isinstance(each, str)) if isinstance(named, list) else ()
    found = _PACKAGES.search(tree.text(join(folder, _PNPM)))
    if found:
        yield from _QUOTED.findall(found[1]) if found[1] else _ITEM.findall(found[2])


def _takes_in(patterns: Iterator[str], path: str) -> bool:
    """Whether the last of the patterns that is about `path` is not one that leaves it out."""
    taken = False
    for pattern in patterns:
        plain = pattern.strip().removeprefix("!").removeprefix("./").rstrip("/")
        parts = re.split(r"(\*\*/|\*\*|\*)", plain)
        if re.fullmatch("".join(_WILD.get(part) or re.escape(part) for part in parts), path):
            taken = not pattern.strip().startswith("!")
    return taken
