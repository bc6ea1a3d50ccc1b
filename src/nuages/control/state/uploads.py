"""Archives on their way in: HOME/uploads/ID/NAME.zip until the deployment has ended."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from nuages.control.errors import TOO_LARGE, UNKNOWN_THING
from nuages.core.errors import NuagesError

MAX_BYTES = 1024**3
# An upload that nobody deployed is forgotten after a day.
FORGOTTEN_SECONDS = 86400
_ID = re.compile(r"[0-9a-f]{24}")
_NAME_MAX = 100


def keep_upload(chunks: Iterable[bytes], name: str) -> str:
    """Write an archive below its own id, under its own name; the id.

    Raises control.E018 beyond 1 GiB; nothing is left behind then.
    """
    identifier = secrets.token_hex(12)
    folder = _uploads() / identifier
    folder.mkdir(parents=True, mode=0o700)
    try:
        _write(folder / _file_name(name), chunks)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return identifier


def find_upload(identifier: str) -> Path:
    """The archive of an id. Raises control.E002 where there is none."""
    if _ID.fullmatch(identifier):
        for path in (_uploads() / identifier).glob("*"):
            return path
    raise NuagesError(UNKNOWN_THING, f"There is no upload '{identifier}'")


def discard_upload(archive: str) -> None:
    """Remove an archive with its folder; absent is fine, anything outside is left alone."""
    path = Path(archive)
    if path.parent.parent == _uploads():
        shutil.rmtree(path.parent, ignore_errors=True)


def discard_forgotten() -> None:
    """Remove uploads of long ago."""
    limit = time.time() - FORGOTTEN_SECONDS
    for folder in _uploads().glob("*"):
        if folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    size = 0
    with path.open("xb") as stream:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                raise NuagesError(TOO_LARGE, f"{path.name} has more than {MAX_BYTES} bytes")
            stream.write(chunk)


def _file_name(name: str) -> str:
    """The last part of a name, in characters that are the same everywhere, ending with .zip."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", last.removesuffix(".zip")).strip(".-")
    return f"{stem[:_NAME_MAX] or 'upload'}.zip"


def _uploads() -> Path:
    path: Path = settings.NUAGES_HOME.uploads
    return path
