"""The tar of a layer is laid over a tree, as container engines do it, and never beside it.

Source: the OCI image specification, "Image Layer Filesystem Changeset": whiteouts, opaque folders,
hard links. Devices, owners, extended attributes and set-user-id bits are left out: an app has
no use for them, and the tree lies where others could use them.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import zstandard

from nuages.build.bases.errors import LAYER_BROKEN, LAYER_TOO_LARGE
from nuages.build.bases.trees.rooted import resolve_inside
from nuages.build.errors import DISK_FULL
from nuages.core.errors import NuagesError

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_CHUNK = 1024 * 1024
# Headers that hold what the next entry's own has no room for, which tarfile reads whole.
_EXTENSIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_MOST_EXTENSION = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that layers unpack to together: bytes, and files, folders and links."""

    size: int = 16 * 1024**3
    entries: int = 1_000_000


class _Header(tarfile.TarInfo):
    """A header, as long as it is no attempt to fill the memory with a name."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENSIONS and header.size > _MOST_EXTENSION:
            raise NuagesError(LAYER_BROKEN, f"A name or its like has {header.size} bytes")
        return header


class Unpacker:
    """A tree below `root`, a folder that nobody else writes to, and the layers laid over it.

    `keep` says of a path below the root whether it is wanted; what is below one that is not is
    not wanted either.
    """

    def __init__(
        self,
        root: Path,
        limits: Limits | None = None,
        keep: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._root = root
        self._limits = limits or Limits()
        self._keep = keep
        self._size = 0
        self._entries = 0
        # Folders by how an entry names them; links change what is true of them.
        self._resolved: dict[str, str] = {}
        self._modes: dict[str, int] = {}
        self._times: dict[str, float] = {}

    def lay(self, stream: BinaryIO, name: str) -> None:
        """Lay the tar in `stream` over the tree; `name` is told in errors.

        Raises build.E067 for a tar that is damaged or leads out of the root, and build.E068.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        written: set[str] = set()
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK, tarinfo=_Header) as tar:
                for member in tar:
                    self._entries += 1
                    self._size += max(member.size, 0)
                    self._check(name)
                    self._lay_one(tar, member, written)
        except (tarfile.TarError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise NuagesError(LAYER_BROKEN, f"{name} is no whole tar: {error}") from error
        except (ValueError, OverflowError) as error:
            # A name with a zero byte, a time that is none.
            raise NuagesError(LAYER_BROKEN, f"{name} holds what is no file: {error}") from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NuagesError(DISK_FULL, f"{name} does not fit on the disk") from error
            # A file where a folder is needed, a name that is too long, a damaged stream.
            raise NuagesError(LAYER_BROKEN, f"{name} cannot be unpacked: {error}") from error

    def finish(self) -> None:
        """Give the folders the modes and times that the layers say, now that all is written."""
        for path, mode in self._modes.items():
            there = self._root / path
            if there.is_dir() and not there.is_symlink():
                there.chmod(mode)
        for path, when in sorted(self._times.items(), reverse=True):
            there = self._root / path
            if there.is_dir() and not there.is_symlink():
                os.utime(there, (when, when))
        self._root.chmod(0o755)

    def _check(self, name: str) -> None:
        if self._size > self._limits.size:
            message = f"{name} unpacks to more than {self._limits.size // 1024**2} MiB"
            raise NuagesError(LAYER_TOO_LARGE, message)
        if self._entries > self._limits.entries:
            message = f"{name} holds more than {self._limits.entries} files"
            raise NuagesError(LAYER_TOO_LARGE, message)

    def _lay_one(self, tar: tarfile.TarFile, member: tarfile.TarInfo, written: set[str]) -> None:
        path = self._place(member.name)
        if not path:
            return
        folder, _, name = path.rpartition("/")
        if name.startswith(_WHITEOUT):
            self._white_out(folder, name, written)
            return
        if not self._keep(path) or member.isdev():
            return
        self._make_folders(folder)
        there = self._root / path
        if member.isdir():
            if there.is_symlink() or not there.is_dir():
                self._remove(path)
                there.mkdir()
            self._modes[path] = member.mode & 0o1777 | 0o700
            self._times[path] = float(member.mtime)
        elif member.issym():
            self._remove(path)
            there.symlink_to(member.linkname)
            self._resolved.clear()
        elif member.islnk():
            if not self._link(path, member):
                return
        elif member.isreg():
            self._remove(path)
            self._write(tar, member, there)
        else:
            return
        _remember(written, path)

    def _place(self, name: str) -> str:
        """Where an entry goes, with the links of the tree on the way followed below the root."""
        parts = [part for part in name.split("/") if part and part != "."]
        if ".." in parts:
            raise NuagesError(LAYER_BROKEN, f"An entry leads out of the root: {name}")
        if not parts:
            return ""
        named = "/".join(parts[:-1])
        folder = self._resolved.get(named)
        if folder is None:
            folder = resolve_inside(self._root, named)
            if folder is None:
                raise NuagesError(LAYER_BROKEN, f"Links go in circles on the way to {name}")
            self._resolved[named] = folder
        return f"{folder}/{parts[-1]}" if folder else parts[-1]

    def _white_out(self, folder: str, name: str, written: set[str]) -> None:
        """Remove what lower layers have; what this one has written itself stays."""
        there = self._root / folder
        if name == _OPAQUE:
            if there.is_dir() and not there.is_symlink():
                self._clear(folder, written)
        elif not name.startswith(f"{_WHITEOUT}{_WHITEOUT}"):
            gone = name.removeprefix(_WHITEOUT)
            # `.wh.` alone, and `.wh...`, would be the folder itself and the one above.
            if gone not in ("", ".", ".."):
                path = f"{folder}/{gone}" if folder else gone
                if path not in written:
                    self._remove(path)

    def _clear(self, folder: str, written: set[str]) -> None:
        for item in list((self._root / folder).iterdir()):
            path = f"{folder}/{item.name}" if folder else item.name
            if path not in written:
                self._remove(path)
            elif item.is_dir() and not item.is_symlink():
                self._clear(path, written)

    def _make_folders(self, folder: str) -> None:
        there = self._root
        for part in folder.split("/") if folder else ():
            there = there / part
            if not os.path.lexists(there):
                there.mkdir()
                self._modes.setdefault(there.relative_to(self._root).as_posix(), 0o755)

    def _link(self, path: str, member: tarfile.TarInfo) -> bool:
        """Another name for a file that is there; False for one that was not wanted."""
        source = self._place(member.linkname)
        if source and not self._keep(source):
            return False
        there = self._root / source
        if not source or not os.path.lexists(there) or stat.S_ISDIR(there.lstat().st_mode):
            message = f"{path} is a hard link to {member.linkname}, which is no file of the image"
            raise NuagesError(LAYER_BROKEN, message)
        if source != path:
            self._remove(path)
            os.link(there, self._root / path, follow_symlinks=False)
        return True

    def _remove(self, path: str) -> None:
        there = self._root / path
        try:
            mode = there.lstat().st_mode
        except FileNotFoundError:
            return
        if stat.S_ISDIR(mode):
            shutil.rmtree(there)
        else:
            there.unlink()
        if not stat.S_ISREG(mode):
            self._resolved.clear()

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, there: Path) -> None:
        source = tar.extractfile(member)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(there, flags, 0o600), "wb") as target:
            if source is not None:
                shutil.copyfileobj(source, target, _CHUNK)
            os.fchmod(target.fileno(), member.mode & 0o777 | 0o400)
        os.utime(there, (member.mtime, member.mtime))


def _remember(written: set[str], path: str) -> None:
    """A path that this layer wrote, and the folders that it is in."""
    while path and path not in written:
        written.add(path)
        path = path.rpartition("/")[0]
