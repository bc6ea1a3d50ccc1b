"""What never belongs to a source, whatever the project's own ignore files say."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from nuages.core.exported import FOLDER
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
    FOLDER: "made by nuages export",
    ".envs": SECRETS,
    ".aws": SECRETS,
    ".ssh": SECRETS,
}
_FILES = {
    ".git": "version control",
    ".envrc": SECRETS,
    ".netrc": SECRETS,
    ".pypirc": SECRETS,
    ".git-credentials": SECRETS,
    "id_rsa": SECRETS,
    "id_dsa": SECRETS,
    "id_ecdsa": SECRETS,
    "id_ed25519": SECRETS,
    "db.sqlite3": LOCAL_DATABASE,
    "db.sqlite3-journal": LOCAL_DATABASE,
    "db.sqlite3-wal": LOCAL_DATABASE,
    "db.sqlite3-shm": LOCAL_DATABASE,
    ".DS_Store": "added by macOS",
}
# `.env`, `.env.local`, `.env-production`; but those that show what to write.
_ENV = re.compile(r"\.env(?:[._-].*)?")
_SHOWN = (".example", ".sample", ".template", ".dist")
_KEY_FILES = (".pem", ".key")
_PRIVATE_KEY = re.compile(rb"\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
# As much of a file as tells whether it is a private key.
KEY_BYTES = 256
# What a build is decided from. Ignore files speak of other things: of git's history, or of the
# context of an image that another tool builds.
_DECIDES = frozenset(
    {"deploy.toml", "Procfile", "runtime.txt", ".python-version", ".tool-versions",
     "pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock",
     "setup.py", "setup.cfg", "reqs.txt", "package.json", "package-lock.json",
     "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml", "bun.lock",
     "bun.lockb", ".nvmrc", ".node-version"}
)  # fmt: skip
_REQUIREMENTS = re.compile(r"requirements?([._-].*)?\.(txt|in)|requirements\.text", re.IGNORECASE)
# Together they are nobody else's.
_HOME = {"platform.json", "state.sqlite3", "key"}
_LEFT_BY_WORK = {
    "bytecode", "installed packages", "virtual environment", "cache", "added by macOS"
}  # fmt: skip
# Collected files and uploads: made by the running site. Only beside manage.py or at the top,
# because an app can be called `media`.
_PRODUCED = {"staticfiles": "collected static files", "media": "uploads"}
# What collecting leaves: files of Django's admin and of well-known apps, or the list of the hashed
# ones. Without any of them a folder of the name is the project's own static files.
_COLLECTED = frozenset(
    {"staticfiles.json", "admin", "rest_framework", "django_extensions", "debug_toolbar", "CACHE",
     "wagtailadmin", "ckeditor", "graphene_django"}
)  # fmt: skip
# Nobody uploads those.
_OF_PAGES = frozenset({"css", "js"})
# Rules for folders of which what git tracks is taken all the same.
PRODUCED = frozenset(_PRODUCED.values())


def rule_for_name(name: str, *, folder: bool) -> str:
    """The rule that leaves out everything of this name, wherever it lies; else empty."""
    if folder:
        return _FOLDERS.get(name, "")
    if name.endswith((".pyc", ".pyo")):
        return "bytecode"
    if _ENV.fullmatch(name) and not name.endswith(_SHOWN):
        return SECRETS
    return _FILES.get(name, "")


def is_left_by_work(name: str, *, folder: bool) -> bool:
    """Whether something of this name is there only where the project was run or edited."""
    rule = rule_for_name(name, folder=folder)
    return rule in _LEFT_BY_WORK or (not folder and name == "pyvenv.cfg")


def may_be_key(name: str) -> bool:
    """Whether a file of this name has to be looked into for a private key."""
    return name.endswith(_KEY_FILES)


def is_private_key(beginning: bytes) -> bool:
    """Whether a file that begins so is a private key, and no certificate or public key."""
    return _PRIVATE_KEY.match(beginning) is not None


def decides(path: str) -> bool:
    """Whether the build is decided from a file of this name, so that no ignore file that lets
    its folder in can leave it out."""
    folder, name = posixpath.split(path)
    if name in _DECIDES or _REQUIREMENTS.fullmatch(name):
        return True
    return posixpath.basename(folder) == "requirements" and name.endswith((".txt", ".in"))


def rule_for_folder(path: str, siblings: Collection[str], names: Collection[str]) -> str:
    """The rule that leaves out the folder at `path`, judged by the names beside it and by those
    in it; else empty."""
    if "pyvenv.cfg" in names:
        return "virtual environment"
    if _HOME.issubset(names):
        return "the platform's own files"
    produced = _PRODUCED.get(posixpath.basename(path), "")
    if not produced or ("/" in path and "manage.py" not in siblings):
        return ""
    is_own = any(name.endswith(".py") for name in names) or (
        _COLLECTED.isdisjoint(names)
        if posixpath.basename(path) == "staticfiles"
        else not _OF_PAGES.isdisjoint(names)
    )
    return "" if is_own else produced
