"""Where the settings want collected static files, and which folders they collect."""

from __future__ import annotations

import ast
import posixpath
from pathlib import PurePosixPath

from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.facts.settings import Assigned, SettingsRead


def find_static_root(read: SettingsRead) -> str:
    """STATIC_ROOT as an absolute path (the source lies in /app), its source text where only
    running it would tell, empty where it is not set."""
    assigned = read.assigned.get("STATIC_ROOT")
    if assigned is None:
        return ""
    try:
        value = evaluate(assigned.node, assigned.file, read.expressions())
    except UnknownValueError:
        return ast.unparse(assigned.node)
    if not isinstance(value, (str, PurePosixPath)) or not str(value):
        return ""
    return posixpath.normpath(str(APP / value))


def static_folders(read: SettingsRead) -> list[str]:
    """The folders of STATICFILES_DIRS that lie in the source, as paths below its top."""
    return [folder for _, folder in static_places(read)]


def static_places(read: SettingsRead) -> list[tuple[str, str]]:
    """As `static_folders`, each with the prefix that its files have (most have none)."""
    assigned = read.assigned.get("STATICFILES_DIRS")
    return _places(assigned, read) if assigned else []


def possible_static_folders(read: SettingsRead) -> list[str]:
    """As `static_folders`, with those that other branches of the settings name."""
    assigned = read.assigned.get("STATICFILES_DIRS")
    branches = (assigned, *assigned.others) if assigned else ()
    return [folder for branch in branches for _, folder in _places(branch, read)]


def template_folders(read: SettingsRead, root: str) -> list[str]:
    """The folders below the source that TEMPLATES names; a relative path begins in the project's
    folder `root`, where the app is started."""
    assigned = read.assigned.get("TEMPLATES")
    folders = []
    for node in ast.walk(assigned.node) if assigned else ():
        for path in _entries_of_dirs(node):
            try:
                value = evaluate(path, assigned.file if assigned else "", read.expressions())
            except UnknownValueError:
                continue
            if isinstance(value, (str, PurePosixPath)):
                place = PurePosixPath(posixpath.normpath(APP / root / value))
                folders += [str(place.relative_to(APP))] if APP in place.parents else []
    return folders


def _entries_of_dirs(node: ast.AST) -> list[ast.expr]:
    if not isinstance(node, ast.Dict):
        return []
    named = zip(node.keys, node.values, strict=True)
    dirs = (value for key, value in named if isinstance(key, ast.Constant) and key.value == "DIRS")
    return [
        each for value in dirs if isinstance(value, (ast.List, ast.Tuple)) for each in value.elts
    ]


def _places(assigned: Assigned, read: SettingsRead) -> list[tuple[str, str]]:
    if not isinstance(assigned.node, (ast.List, ast.Tuple)):
        return []
    places = []
    for node in assigned.node.elts:
        try:
            value = evaluate(node, assigned.file, read.expressions())
        except UnknownValueError:
            continue
        pair = isinstance(value, list) and len(value) == 2
        prefix, path = value if pair else ("", value)
        if isinstance(path, (str, PurePosixPath)) and APP in PurePosixPath(path).parents:
            places.append((str(prefix), str(PurePosixPath(path).relative_to(APP))))
    return places
