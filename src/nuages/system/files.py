"""Writes that are whole or absent: atomic files, switched links, removed trees."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import secrets
import shutil
import stat
from collections.abc import Callable
from pathlib import Path


def write_atomic(path: Path, data: bytes | str, mode: int = 0o644) -> None:
    """Put `data` at `path` so that a reader, or a power cut, finds the old or the new whole."""
    content = data.encode() if isinstance(data, str) else data
    temporary = _beside(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def switch_link(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target` in one step, whatever it pointed to before."""
    temporary = _beside(link)
    temporary.symlink_to(target)
    try:
        temporary.replace(link)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(link.parent)


def publish_directory(
    temporary: Path, final: Path, is_whole: Callable[[Path], bool] = Path.is_dir
) -> None:
    """Move a finished directory to its final name, where it survives a power cut whole. What is
    there already is kept if it `is_whole`, because somebody was first; else it makes way."""
    sync_file_system(temporary)
    try:
        temporary.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        if is_whole(final):
            remove_tree(temporary)
        else:
            discard_tree(final)
            temporary.rename(final)
    sync_directory(final.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """The same file at `target`: a hard link where both are on one disk, else a copy."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
            raise
        shutil.copy2(source, target)


def read_untrusted(path: Path, limit: int = 16 * 1024 * 1024) -> bytes:
    """What a sandboxed program left at `path`: a plain file only, at most `limit` bytes.

    OSError where there is none, or something else in its place (a link, a fifo, too much).
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise OSError(errno.EINVAL, "Not a plain file of a reasonable size", str(path))
        return stream.read(limit)


def remove_tree(path: Path) -> None:
    """Remove a directory tree or a file; absent is fine, and links are not followed."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    elif path.exists():
        shutil.rmtree(path)


def discard_tree(path: Path) -> None:
    """Remove a published directory in one step: a kill in the middle leaves a hidden temporary
    folder, and never half of what others may use."""
    aside = _beside(path)
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    remove_tree(aside)


def sync_file_system(path: Path) -> None:
    """Make everything that was written to the disk of the folder `path` durable: for a tree of
    many files, a thousandth of what it costs to do it for each."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _libc().syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def sync_directory(path: Path) -> None:
    """Make a rename in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
