"""A tree becomes its digest: the same for the same content, whenever and whoever wrote it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a tree: its path below the root, its kind (`d`, `f`, `l`), its permissions,
    and its content: the SHA-256 of a file, the target of a link."""

    path: str
    kind: str
    mode: int
    content: str = ""

    @property
    def line(self) -> bytes:
        """What of it is counted in the tree's digest; nothing in it is a zero byte but the ends."""
        words = (self.kind, f"{self.mode:o}", self.path, self.content)
        return "\0".join(words).encode("utf-8", "surrogateescape") + b"\0\n"


def tree_digest(root: Path) -> str:
    """`sha256:…` over paths, kinds, permissions, contents and link targets of all below `root`."""
    return entries_digest(tree_entries(root))


def entries_digest(entries: Iterator[Entry] | list[Entry]) -> str:
    """The same of entries that are known, in the order of their paths."""
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(entry.line)
    return f"sha256:{digest.hexdigest()}"


def tree_entries(root: Path) -> list[Entry]:
    """Everything below `root` in the order of the paths; sockets and devices are not counted."""
    return sorted(_walk(os.fspath(root), ""), key=lambda entry: entry.path)


def _walk(root: str, folder: str) -> Iterator[Entry]:
    with os.scandir(f"{root}/{folder}") as found:
        for item in found:
            path = f"{folder}/{item.name}" if folder else item.name
            status = item.stat(follow_symlinks=False)
            mode = stat.S_IMODE(status.st_mode)
            if item.is_symlink():
                yield Entry(path, "l", 0o777, os.readlink(item.path))  # noqa: PTH115 thousands of them
            elif item.is_dir(follow_symlinks=False):
                yield Entry(path, "d", mode)
                yield from _walk(root, path)
            elif item.is_file(follow_symlinks=False):
                yield Entry(path, "f", mode, _content(item.path))


def _content(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 thousands of them
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
