"""HOME/key: the key that encrypts config vars at rest, and the secrets derived from it.

The file holds one Fernet key a line; the first one encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from nuages.control.errors import KEY_MISSING
from nuages.core.errors import NuagesError
from nuages.system.files import write_atomic


def read_keys(path: Path) -> list[bytes]:
    """The keys in the file, newest first. Raises control.E015 where there is none."""
    try:
        keys = path.read_bytes().split()
    except FileNotFoundError:
        keys = []
    if not keys:
        raise NuagesError(KEY_MISSING, f"There is no key in {path}")
    return keys


def ensure_key(path: Path, database: Path) -> None:
    """Make the key file (mode 0600) for a new state directory.

    Raises control.E015 where the database is there but its key is not: a new key would make
    what the old one encrypted unreadable for good.
    """
    if path.exists():
        read_keys(path)
        return
    if database.exists():
        raise NuagesError(KEY_MISSING, f"{database} is there, but {path} is not")
    key = base64.urlsafe_b64encode(secrets.token_bytes(32))
    # Whole or not at all: half a key would be taken for the wrong one at the next start.
    write_atomic(path, key + b"\n", 0o600)


def derive_secret(path: Path, purpose: str) -> str:
    """A secret of its own for `purpose`, the same at every start while the oldest key stays.

    A random one where there is no key yet: nothing that it signs outlives the process then.
    """
    try:
        key = read_keys(path)[-1]
    except (NuagesError, PermissionError):
        key = secrets.token_bytes(32)
    return hmac.new(key, f"nuages {purpose}".encode(), hashlib.sha256).hexdigest()
