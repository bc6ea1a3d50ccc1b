"""The store of sources: clean trees named by their digest, built beside and published whole."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.core.source import Source, SourceFile
from nuages.source.descend import Descent, opened_folder
from nuages.source.digest import tree_digest
from nuages.source.errors import CHANGING, DISK_FULL
from nuages.source.memory import Memory
from nuages.source.scan import Entry, Scan
from nuages.system.files import remove_tree, sync_file_system

_CHUNK = 1024 * 1024
_SAME = ("st_dev", "st_ino", "st_size", "st_mtime_ns")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNLINKABLE = (errno.EMLINK, errno.EPERM, errno.EXDEV)


class FormerVanishedError(Exception):
    """The tree to link from was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class Former:
    """A tree of the store whose files may be linked, what is remembered of the folder that it
    was taken from, and its files' SHA-256 where nothing is remembered."""

    path: Path | None = None
    memory: Memory = field(default_factory=Memory)
    hashes: Mapping[str, str] = field(default_factory=dict)


def find_former(store: Path, memory: Memory, previous: Source | None) -> Former:
    """The tree to link unchanged files from: the remembered one, else `previous`, else none."""
    if memory.tree and (store / memory.tree).is_dir():
        return Former(store / memory.tree, memory)
    if previous is not None and previous.path.is_dir():
        return Former(previous.path, hashes={file.path: file.sha256 for file in previous.files})
    return Former()


@contextmanager
def workspace(store: Path) -> Iterator[Path]:
    """A temporary folder in `store`, removed at the end; a full disk becomes source.E004."""
    temporary = store / f".{secrets.token_hex(8)}.tmp"
    try:
        store.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        temporary.chmod(0o755)
        yield temporary
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NuagesError(DISK_FULL, f"The disk that holds {store} is full") from None
    finally:
        remove_tree(temporary)


def build_tree(
    root: Path, store: Path, scan: Scan, former: Former, *, durable: bool = True
) -> tuple[Path, Tree]:
    """The files of `scan`, which lie below `root`, as a tree of `store`: its path, and what it
    holds. A `durable` one outlives a power cut. Raises source.E003 to E005, and
    FormerVanishedError."""
    with workspace(store) as temporary, opened_folder(root) as descriptor:
        descent = Descent(descriptor)
        tree = Tree(descent, str(temporary), former)
        try:
            for entry in scan.entries:
                tree.add(entry)
        finally:
            descent.close()
        return tree.publish(store, durable=durable), tree


@dataclass(slots=True)
class Tree:
    """A tree that is being built in `folder` from files that `descent` opens.

    Files that did not change since `former` are only noted; they are linked from it when the
    tree is published, or not at all where it turns out to be there already.
    """

    descent: Descent
    folder: str
    former: Former
    files: list[SourceFile] = field(default_factory=list)
    digest: str = ""
    _unchanged: list[SourceFile] = field(default_factory=list)
    _folders: set[str] = field(default_factory=lambda: {""})

    def add(self, entry: Entry) -> None:
        """Take `entry`: copied, or noted where it is in the former tree."""
        executable = bool(entry.status.st_mode & 0o111)
        known = self.former.memory.known(entry)
        if entry.link:
            target = os.fsencode(entry.link)
            sha256 = hashlib.sha256(target).hexdigest()
            self.files.append(SourceFile(entry.path, sha256, len(target), link=entry.link))
            self._make_folder(entry.path)
            Path(self.folder, entry.path).symlink_to(entry.link)
            return
        if known:
            file = SourceFile(entry.path, known, entry.status.st_size, executable)
            self._unchanged.append(file)
        else:
            sha256 = self._copy(entry, executable=executable)
            file = SourceFile(entry.path, sha256, entry.status.st_size, executable)
            if sha256 == self.former.hashes.get(entry.path):
                Path(self.folder, entry.path).unlink()
                self._unchanged.append(file)
        self.files.append(file)

    def publish(self, store: Path, *, durable: bool) -> Path:
        """The tree's place in `store`; nothing is moved if it is there already."""
        self.digest = tree_digest(self.files)
        final = store / self.digest.removeprefix("sha256:")
        if final.is_dir():
            return final
        for file in self._unchanged:
            self._link(file)
        if durable:
            sync_file_system(Path(self.folder))
        try:
            Path(self.folder).rename(final)
        except OSError:
            if not final.is_dir():
                raise
        return final

    def _link(self, file: SourceFile) -> None:
        self._make_folder(file.path)
        source, target = f"{self.former.path}/{file.path}", f"{self.folder}/{file.path}"
        try:
            # The x bit belongs to the inode, so a change of it needs a copy.
            if bool(os.lstat(source).st_mode & 0o111) == file.executable:
                try:
                    os.link(source, target, follow_symlinks=False)
                except OSError as error:
                    if error.errno not in _UNLINKABLE:
                        raise
                else:
                    return
            shutil.copyfile(source, target)
        except FileNotFoundError:
            raise FormerVanishedError from None
        Path(target).chmod(0o755 if file.executable else 0o644)

    def _copy(self, entry: Entry, *, executable: bool) -> str:
        """Copy one file while its SHA-256 is made, so that what is named is what is kept: the
        file that was found, as long as it was then."""
        self._make_folder(entry.path)
        digest = hashlib.sha256()
        mode = 0o755 if executable else 0o644
        with os.fdopen(self.descent.open(entry.path), "rb", 0) as reader:
            check_same(reader.fileno(), entry)
            place = f"{self.folder}/{entry.path}"
            target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(target, "wb", 0) as writer:
                left = entry.status.st_size
                while left and (chunk := reader.read(min(_CHUNK, left))):
                    digest.update(chunk)
                    left -= len(chunk)
                    view = memoryview(chunk)
                    while view:
                        view = view[writer.write(view) :]
                # Whatever our umask is.
                os.fchmod(target, mode)
            check_same(reader.fileno(), entry)
        return digest.hexdigest()

    def _make_folder(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent in self._folders:
            return
        self._make_folder(parent)
        made = Path(self.folder, parent)
        made.mkdir()
        made.chmod(0o755)
        self._folders.add(parent)


def check_same(descriptor: int, entry: Entry) -> None:
    """Raises source.E005 where this is not the file that was found, or it was written to since."""
    now, then = os.fstat(descriptor), entry.status
    same = all(getattr(now, name) == getattr(then, name) for name in _SAME)
    if not same or not stat.S_ISREG(now.st_mode):
        raise NuagesError(CHANGING, f"The file {entry.path} changed")
