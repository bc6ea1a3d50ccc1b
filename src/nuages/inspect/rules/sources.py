"""Rules about what lies in the source, and what was left out of it."""

from __future__ import annotations

import posixpath
import re

from nuages.core.source import LINK_OUTSIDE, LOCAL_DATABASE, SECRETS, LeftOut
from nuages.inspect.declared.sources import (
    DATABASE_LEFT_OUT,
    LINK_LEFT_OUT,
    MIGRATIONS_LEFT_OUT,
    SECRETS_LEFT_OUT,
    STATIC_LEFT_OUT,
)
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.static import static_folders
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree

# Files without a suffix that come with somebody else's code.
_PAPER = re.compile(r"(?:.*-)?(?:LICEN[CS]E|COPYING|README|NOTICE|AUTHORS|CHANGELOG|CHANGES)")
_IGNORE_FILE = re.compile(r"(?:.*/)?\.(?:git|docker)ignore:\d+ ")


def check_left_out(tree: Tree, remarks: Remarks) -> None:
    """Say what was left out that somebody may miss."""
    for left in tree.source.left_out:
        if left.rule == SECRETS:
            message = f"{left.path} may hold secrets and was left out"
            remarks.say(SECRETS_LEFT_OUT, message, left.path)
        elif left.rule == LINK_OUTSIDE:
            message = f"{left.path} is a link that leads out of the project, and was left out"
            remarks.say(LINK_LEFT_OUT, message, left.path)
        elif left.rule == LOCAL_DATABASE and left.path.endswith(".sqlite3"):
            message = f"{left.path} is a local database and was left out"
            remarks.say(DATABASE_LEFT_OUT, message, left.path)
        elif _IGNORE_FILE.match(left.rule) and _holds_migrations(tree, left.path):
            message = f"{left.path} was left out by {left.rule}"
            remarks.say(MIGRATIONS_LEFT_OUT, message, left.path)


def check_static_folders(evidence: Evidence) -> None:
    """Say when STATICFILES_DIRS names a folder that was left out, wholly or in part."""
    assigned = evidence.read.assigned.get("STATICFILES_DIRS")
    if assigned is None:
        return
    for folder in static_folders(evidence.read):
        for left in evidence.tree.source.left_out:
            if not _concerns(folder, left):
                continue
            what = "which" if left.path == folder else f"and {left.path}"
            message = f"STATICFILES_DIRS names {folder}, {what} was left out: {left.rule}"
            evidence.remarks.say(STATIC_LEFT_OUT, message, assigned.file, assigned.line)


def _concerns(folder: str, left: LeftOut) -> bool:
    """Whether what was left out is `folder`, holds it, or is a folder in it that an ignore file
    names, such as the result of a front-end's build."""
    if folder == left.path or folder.startswith(f"{left.path}/"):
        return True
    name = posixpath.basename(left.path)
    # What is left out does not say what it is.
    is_folder = "." not in name and not _PAPER.match(name)
    inside = left.path.startswith(f"{folder}/")
    return inside and is_folder and _IGNORE_FILE.match(left.rule) is not None


def _holds_migrations(tree: Tree, path: str) -> bool:
    """Whether `path` is an app's migrations, or a file in them that Django would run."""
    name = posixpath.basename(path)
    if name == "migrations":
        return tree.has(posixpath.join(posixpath.dirname(path), "models.py"))
    folder = posixpath.dirname(path)
    return (
        posixpath.basename(folder) == "migrations" and re.match(r"\d{4}_.*\.py$", name) is not None
    )
