"""Folders that the settings write to and that the source does not have: git keeps no empty ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from nuages.core.facts import Fact, Folder
from nuages.inspect.declared.settings import FOLDER_MADE
from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.static import find_static_root
from nuages.inspect.rules.written_files import Written
from nuages.inspect.tree import Tree, join

_VOLUME = PurePosixPath("/data")
# Where the overlay has MEDIA_ROOT.
_UPLOADS = _VOLUME / "media"
# Words in the name of a setting or of a key in it. What is only read has nobody who writes it.
_READ = re.compile(
    r"(?:^|_)(?:TEMPLATES?|STATIC|STATICFILES|LOCALE|FIXTURES?|WEBPACK|VITE|NODE|FRONTEND|SASS|"
    r"SCSS|TAILWIND|MANIFEST|TESTS?)(?:_|$)"
)
_FOLDER = re.compile(
    r"(?:^|_)(?:ROOT|DIRS?|DIRECTORY|DIRECTORIES|FOLDERS?|PATHS?|LOCATION|STORAGE|INDEX|DATA|LOGS?|"
    r"MEDIA|UPLOADS?|CACHE|TMP|TEMP|BACKUPS?|EXPORTS?)$"
)
_FRESH = re.compile(r"(?:^|_)(?:LOGS?|LOGGING|TMP|TEMP|TEMPORARY|CACHES?|RUN|PID)(?:_|$)")
_FRESH_NAMES = ("log", "logs", "tmp", "temp", "cache", ".cache", "run")
# Made by a front end's build, or part of the code.
_NOT_WRITTEN = ("dist", "build", "node_modules", "static", "templates", "locale", "fixtures")
# Files that a site writes itself, and those of them that nobody misses.
_DATA_FILES = (".sqlite3", ".sqlite", ".db", ".rdb", ".pickle", ".pkl", ".dat", ".dbm", ".shelve")
_FRESH_FILES = (".log", ".pid", ".sock", ".lock")
# What keeps an empty folder in a repository.
_PLACEHOLDER = re.compile(
    r"\.git(?:keep|ignore|inclu?de?)|\.keep|keep|\.placeholder|\.empty|readme(?:\.\w+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Named:
    """A path below /app that `name` speaks of: a setting, and the keys within it; empty for a
    file that the code writes."""

    path: PurePosixPath
    name: str
    file: str
    line: int


def find_folders(evidence: Evidence, written: list[Written]) -> tuple[Fact[Folder], ...]:
    """The folders to be made, the outer ones first, and a remark for each that is not MEDIA_ROOT
    (about that there is a rule). What is written to them is kept, but for logs and the like.
    `written` is what the code writes besides."""
    every = [*_named(evidence), *(_Named(APP / w.path, "", w.file, w.line) for w in written)]
    shown = (named.path for named in every if named.name == "MEDIA_ROOT")
    uploads = str(next(shown, "")).removeprefix(f"{APP}/")
    wanted: dict[str, tuple[_Named, bool]] = {}
    for named in every:
        folder, kept = _folder(named)
        path = folder.removeprefix(f"{APP}/")
        if not folder.startswith(f"{APP}/") or not is_empty(evidence.tree, path):
            continue
        first, before = wanted.get(path, (named, False))
        wanted[path] = (first, kept or before)
    static = find_static_root(evidence.read).removeprefix(f"{APP}/")
    facts: list[Fact[Folder]] = []
    linked = ""
    for path, (named, kept) in sorted(wanted.items()):
        if _is_below(path, static) or any(_is_file(evidence.tree, path)):
            continue
        inside = linked != "" and _is_below(path, linked)
        place = ""
        if kept and not inside and not _is_below(static, path):
            linked, place = path, str(_place(path, uploads))
        facts.append(_fact(path, place, named))
        if path != uploads and not inside:
            _say(evidence, facts[-1])
    return tuple(facts)


def is_empty(tree: Tree, path: str) -> bool:
    """Whether the source has nothing in this folder but what keeps it in a repository."""
    if path not in tree.folders:
        return True
    inside = (each for each in tree.paths if each.startswith(f"{path}/"))
    return all(_PLACEHOLDER.fullmatch(each.rpartition("/")[2]) for each in inside)


def _fact(path: str, place: str, named: _Named) -> Fact[Folder]:
    setting = named.name.partition("__")[0]
    reason = f"{setting} names it" if setting else f"{named.file} writes to it"
    return Fact(Folder(path, place), reason, file=named.file, line=named.line)


def _say(evidence: Evidence, fact: Fact[Folder]) -> None:
    what = f"kept in {fact.value.place}" if fact.value.place else "gone at the next restart"
    message = f"The folder {fact.value.path} is made: what is written there is {what}"
    evidence.remarks.say(FOLDER_MADE, message, fact.file, fact.line)


def _is_file(tree: Tree, path: str) -> Iterator[bool]:
    """Whether the path, or one above it, is a file of the source."""
    return (tree.has(str(each)) for each in (path, *PurePosixPath(path).parents))


def _is_below(path: str, folder: str) -> bool:
    return folder != "" and (path == folder or path.startswith(f"{folder}/"))


def _place(path: str, uploads: str) -> PurePosixPath:
    if _is_below(path, uploads):
        return _UPLOADS / PurePosixPath(path).relative_to(uploads)
    return _VOLUME / path


def _folder(named: _Named) -> tuple[str, bool]:
    """The folder that has to be there, and whether what is written to it is to be kept; empty
    where nothing is."""
    path, suffix = named.path, named.path.suffix.lower()
    if _READ.search(named.name) or path.name in _NOT_WRITTEN:
        return "", False
    if not named.name or suffix in (*_DATA_FILES, *_FRESH_FILES):
        return str(path.parent), suffix not in _FRESH_FILES and not _is_fresh(path.parent)
    if suffix or not named.name.isupper() or not _FOLDER.search(named.name):
        return "", False
    return str(path), _FRESH.search(named.name) is None and not _is_fresh(path)


def _is_fresh(folder: PurePosixPath) -> bool:
    return folder.name.lower() in _FRESH_NAMES


def _named(evidence: Evidence) -> Iterator[_Named]:
    """Every path below the source that settings files name, branches included."""
    for file in evidence.read.files:
        module = evidence.tree.parse(file)
        for node in ast.walk(module) if module else ():
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for path, key, line in _paths(evidence, node.value, file, _name_of(targets[0])):
                    yield _Named(path, key, file, line)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                for path, key, line in _paths(evidence, node.value, file, "call"):
                    yield _Named(path, key, file, line)


def _name_of(target: ast.expr) -> str:
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else "call"


def _paths(
    evidence: Evidence, node: ast.AST, file: str, name: str
) -> Iterator[tuple[PurePosixPath, str, int]]:
    """The largest expressions in `node` that are paths, each with the name of the setting and
    the keys that lead to it, joined by `__`."""
    if isinstance(node, (ast.Call, ast.BinOp, ast.JoinedStr, ast.Constant, ast.Name)):
        value = _evaluated(evidence, node, file)
        if value is not None:
            yield value, name, node.lineno
            return
    if isinstance(node, ast.Dict):
        for key, item in zip(node.keys, node.values, strict=True):
            word = key.value if isinstance(key, ast.Constant) else None
            below = f"{name}__{word.upper()}" if isinstance(word, str) else name
            yield from _paths(evidence, item, file, below)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword) and child.arg:
            yield from _paths(evidence, child.value, file, f"{name}__{child.arg.upper()}")
        else:
            yield from _paths(evidence, child, file, name)


def _evaluated(evidence: Evidence, node: ast.expr, file: str) -> PurePosixPath | None:
    """The path below the source that an expression is; None for anything else. The name of a log
    file is relative to the project's folder, where every process starts."""
    try:
        value = evaluate(node, file, evidence.read.expressions())
    except UnknownValueError:
        return None
    if isinstance(value, str) and value.endswith(".log") and not value.startswith("/"):
        value = APP / join(evidence.root, value)
    if not isinstance(value, (str, PurePosixPath)) or not str(value).startswith(f"{APP}/"):
        return None
    return PurePosixPath(str(value))
