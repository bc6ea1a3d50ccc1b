"""A tree as git exports it: what an ignore file names in it was tracked, or it would not be there.

That is what a code host offers as a zip, and `git archive` writes. There is no index that would
tell, so two things have to: nobody has worked in the folder, since that leaves bytecode,
environments or caches behind; and the file is of a kind that a site is made of. Of 90 public
projects, 12 track such files although they ignore them (vendored scripts below a `dist/`,
pictures, compiled translations, a `settings.py`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from nuages.source.builtin import is_left_by_work

# Code, pages and what they refer to; no logs, databases or archives.
_KINDS = frozenset(
    {".py", ".html", ".css", ".scss", ".sass", ".less", ".js", ".mjs", ".cjs", ".ts", ".tsx",
     ".jsx", ".vue", ".svelte", ".map", ".json", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp",
     ".avif", ".ico", ".woff", ".woff2", ".ttf", ".eot", ".otf", ".po", ".mo"}
)  # fmt: skip
# What lies in these belongs to a site whatever its kind: a template may make XML, or a letter.
_FOLDERS = frozenset({"templates", "jinja2"})
_LEFT = frozenset({"", ".log", ".sqlite3", ".db", ".zip", ".gz", ".tar", ".bak", ".tmp", ".swp"})
_PRIVATE = re.compile(r"(?i).*(?:secret|credential|token|passw|private|account|key).*")


def is_exported(folder: Path) -> bool:
    """Whether nothing below `folder` was left there by work on it. What cannot be listed is
    passed over."""
    for _, folders, files in os.walk(folder):
        names = (*((name, True) for name in folders), *((name, False) for name in files))
        if any(is_left_by_work(name, folder=is_folder) for name, is_folder in names):
            return False
    return True


def is_kept(path: str) -> bool:
    """Whether a file of an exported tree is taken although an ignore file names it."""
    place = PurePosixPath(path)
    kind = place.suffix.lower()
    if kind in (".py", ".json") and _PRIVATE.fullmatch(place.stem):
        return False
    is_of_site = kind not in _LEFT and not _FOLDERS.isdisjoint(place.parts[:-1])
    return is_of_site or kind in _KINDS
