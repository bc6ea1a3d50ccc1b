"""Archives on their way in: HOME/uploads/ID/NAME.zip until the deployment has ended."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from nuages.control.disk import require_room
from nuages.control.errors import TOO_LARGE, UNKNOWN_THING
from nuages.core.errors import NuagesError

MAX_BYTES = 1024**3
# An upload that nobody deployed is forgotten after a day.
FORGOTTEN_SECONDS = 86400
_ID = re.compile(r"[0-9a-f]{24}")
_NAME_MAX = 100


class Incoming:
    """An archive that arrives: written below an id of its own, under its own name."""

    def __init__(self, name: str, length: int = 0) -> None:
        """`length` is what was announced, in bytes. Raises control.E018 beyond 1 GiB, control.E020
        where there is no room for it."""
        discard_forgotten()
        self._name, self._size = _file_name(name), 0
        self._check(length)
        require_room(settings.NUAGES_HOME, length)
        self.id = secrets.token_hex(12)
        self._folder = _uploads() / self.id
        self._folder.mkdir(parents=True, mode=0o700)
        self._stream = (self._folder / self._name).open("xb")

    def write(self, chunk: bytes) -> None:
        """Its next bytes. Raises control.E018 beyond 1 GiB."""
        self._size += len(chunk)
        self._check(self._size)
        self._stream.write(chunk)

    def close(self) -> None:
        """It is there as a whole."""
        self._stream.close()

    def discard(self) -> None:
        """Leave nothing behind."""
        self._stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _check(self, size: int) -> None:
        if size > MAX_BYTES:
            raise NuagesError(TOO_LARGE, f"{self._name} has more than {MAX_BYTES} bytes")


def keep_upload(chunks: Iterable[bytes], name: str) -> str:
    """Write an archive; its id. Raises control.E018 beyond 1 GiB; nothing is left behind then."""
    incoming = Incoming(name)
    try:
        for chunk in chunks:
            incoming.write(chunk)
        incoming.close()
    except BaseException:
        incoming.discard()
        raise
    return incoming.id


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


def _file_name(name: str) -> str:
    """The last part of a name, in characters that are the same everywhere, ending with .zip."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", last.removesuffix(".zip")).strip(".-")
    return f"{stem[:_NAME_MAX] or 'upload'}.zip"


def _uploads() -> Path:
    path: Path = settings.NUAGES_HOME.uploads
    return path
