"""Rules about a source that is only a part of its repository: submodules and large files that
whoever copied it has not fetched."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from nuages.inspect.declared.sources import (
    LARGE_FILES_ABSENT,
    SUBMODULE_ABSENT,
    SUBMODULE_WANTED,
)
from nuages.inspect.evidence import Evidence
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

# https://git-scm.com/docs/gitmodules
_PATH = re.compile(r"^[ \t]*path[ \t]*=[ \t]*\"?([^\"\n]+?)\"?[ \t]*$", re.MULTILINE)
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is shorter than 1024 bytes.
_POINTER = b"version https://git-lfs.github.com/spec/"
_LONGEST_POINTER = 1024
_SHOWN = 5


def check_submodules(evidence: Evidence) -> None:
    """Say which submodules are empty; it is an error where the settings name one as a module."""
    tree = evidence.tree
    for file in tree.named(".gitmodules"):
        for found in _PATH.finditer(tree.text(file)):
            path = join(parent(file), found[1])
            if path in tree.folders or tree.has(path):
                continue
            line = tree.text(file).count("\n", 0, found.start()) + 1
            message = f"{path} is a submodule, and its files are not in the source"
            named = _named_at(tree, evidence.read.files, path.rpartition("/")[2])
            if named:
                place, at = named
                evidence.remarks.say(
                    SUBMODULE_WANTED, f"{message}; the settings name it", place, at
                )
            else:
                evidence.remarks.say(SUBMODULE_ABSENT, message, file, line)


def _named_at(tree: Tree, files: Sequence[str], module: str) -> tuple[str, int] | None:
    """Where a settings file has a text or an import that begins with this module."""
    for file in files:
        parsed = tree.parse(file)
        for node in ast.walk(parsed) if parsed else ():
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names = [node.value]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            if any(f"{name}.".startswith(f"{module}.") for name in names):
                return file, getattr(node, "lineno", 1)
    return None


def check_large_files(tree: Tree, remarks: Remarks) -> None:
    """Say which files are only what Git LFS leaves in their place."""
    absent = sorted(_pointers(tree))
    if absent:
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        message = f"Only pointers to them are in the source: {', '.join(absent[:_SHOWN])}{more}"
        remarks.say(LARGE_FILES_ABSENT, message, absent[0], 1)


def _pointers(tree: Tree) -> Iterator[str]:
    patterns = [
        line.split()[0].lstrip("/")
        for file in tree.named(".gitattributes")
        for line in tree.text(file).splitlines()
        if "filter=lfs" in line and line.split()
    ]
    for file in tree.source.files if patterns else ():
        path = file.path
        if (
            file.size < _LONGEST_POINTER
            and any(fnmatchcase(path, p) or fnmatchcase(path, f"*/{p}") for p in patterns)
            and tree.read(path).startswith(_POINTER)
        ):
            yield path
