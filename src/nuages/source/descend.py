"""Files and folders of somebody else's tree are opened without following a link, whatever is
swapped for one meanwhile: every step down starts from a folder that is already open."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from nuages.core.errors import NuagesError
from nuages.source.errors import CHANGING, UNREADABLE

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASS_THROUGH = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """A descriptor of the folder whose real path this is. Raises source.E003 or E005."""
    steps = [path] if path == Path("/") else [*reversed(path.parents), path]
    current = -1
    try:
        for step in steps:
            flags = _FOLDER if step == path else _PASS_THROUGH
            below = os.open(step.name or "/", flags, dir_fd=None if current < 0 else current)
            if current >= 0:
                os.close(current)
            current = below
    except OSError as error:
        if current >= 0:
            os.close(current)
        refuse(error, f"The folder {path}")
    try:
        yield current
    finally:
        os.close(current)


@contextmanager
def opened_below(folder: int, name: str, path: str) -> Iterator[int]:
    """A descriptor of the folder `name` in the open one; `path` is how messages call it.
    Raises source.E003 or E005."""
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        refuse(error, f"The folder {path}")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_beginning(folder: int, name: str, most: int) -> bytes:
    """The first bytes of a plain file in an open folder; empty for anything else."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        return b""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        # A folder cannot even become a stream.
        os.close(descriptor)
        return b""
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(most)


class Descent:
    """Opens files below a folder one after the other; the folders of the last one stay open, so
    that files in sorted order cost one step each."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._names: list[str] = []
        self._descriptors: list[int] = []

    def open(self, path: str) -> int:
        """A descriptor of the file at `path`. Raises source.E003 or E005."""
        *folders, name = path.split("/")
        shared = 0
        while shared < min(len(folders), len(self._names)):
            if folders[shared] != self._names[shared]:
                break
            shared += 1
        self._leave(shared)
        try:
            for folder in folders[shared:]:
                below = os.open(folder, _PASS_THROUGH, dir_fd=self._current)
                self._names.append(folder)
                self._descriptors.append(below)
            return os.open(name, _FILE, dir_fd=self._current)
        except OSError as error:
            refuse(error, f"The file {path}")

    def close(self) -> None:
        """Close the folders."""
        self._leave(0)

    @property
    def _current(self) -> int:
        return self._descriptors[-1] if self._descriptors else self._root

    def _leave(self, depth: int) -> None:
        while len(self._descriptors) > depth:
            os.close(self._descriptors.pop())
            self._names.pop()


def refuse(error: OSError, what: str) -> NoReturn:
    """An error of the file system, where it is one of a tree that changes or is closed to us."""
    if isinstance(error, PermissionError):
        raise NuagesError(UNREADABLE, f"{what} cannot be read") from None
    if isinstance(error, FileNotFoundError):
        raise NuagesError(CHANGING, f"{what} vanished") from None
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        raise NuagesError(CHANGING, f"{what} became something else, such as a link") from None
    raise error
