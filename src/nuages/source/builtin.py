"""What never belongs to a source, whatever the project's own ignore files say."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection
from pathlib import Path

from nuages.core.source import LOCAL_DATABASE, SECRETS

_FOLDERS = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    ".jj": "version control",
    "node_modules": "installed packages",
    "__pycache__": "bytecode",
    ".venv": "virtual environment",
    "venv": "virtual environment",
    ".tox": "virtual environment",
    ".nox": "virtual environment",
    ".mypy_cache": "cache",
    ".pytest_cache": "cache",
    ".ruff_cache": "cache",
    "__MACOSX": "added by macOS",
}
_FILES = {
    ".git": "version control",
    ".env": SECRETS,
    ".env.local": SECRETS,
    ".env-local": SECRETS,
    "db.sqlite3": LOCAL_DATABASE,
    "db.sqlite3-journal": LOCAL_DATABASE,
    "db.sqlite3-wal": LOCAL_DATABASE,
    "db.sqlite3-shm": LOCAL_DATABASE,
    ".DS_Store": "added by macOS",
}
# Collected files and uploads: made by the running site. Only beside manage.py or at the top,
# because an app can be called `media`.
_PRODUCED = {"staticfiles": "collected static files", "media": "uploads"}


def rule_for_name(name: str, *, folder: bool) -> str:
    """The rule that leaves out everything of this name, wherever it lies; else empty."""
    if folder:
        return _FOLDERS.get(name, "")
    if name.endswith((".pyc", ".pyo")):
        return "bytecode"
    return _FILES.get(name, "")


def rule_for_folder(
    path: str, siblings: Collection[str], listed: Collection[os.DirEntry[str]]
) -> str:
    """The rule that leaves out the folder at `path`, judged by the names beside it and by its
    entries; else empty."""
    entries = {entry.name: entry for entry in listed}
    if "pyvenv.cfg" in entries:
        return "virtual environment"
    for programs in ("bin", "Scripts"):
        # Environments made before `pyvenv.cfg` was.
        if programs in entries and Path(entries[programs].path, "activate_this.py").exists():
            return "virtual environment"
    produced = _PRODUCED.get(posixpath.basename(path), "")
    if produced and ("/" not in path or "manage.py" in siblings):
        return "" if any(name.endswith(".py") for name in entries) else produced
    return ""
