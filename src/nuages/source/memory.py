"""What is remembered of a folder between two takes: files that did not change are not read.

A file is believed unchanged when its size, inode, modification and change times are those of
the last time, and when it had been left in peace for a while then (as git does for its index):
a change within the clock's grain would otherwise be missed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nuages.core.source import SourceFile
from nuages.source.scan import Entry

# Two seconds is the coarsest grain among file systems in use (FAT); ext4's is 4 ms.
_PEACE = 2 * 10**9
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """The SHA-256 of files by path and stamp, and the tree (its digest) that holds them."""

    tree: str = ""
    files: Mapping[str, tuple[list[int], str]] = field(default_factory=dict)

    def known(self, entry: Entry) -> str:
        """The SHA-256 of `entry` where it did not change, else empty."""
        stamp, sha256 = self.files.get(entry.path, ((), ""))
        return sha256 if stamp == _stamp(entry.status) else ""


def load_memory(store: Path, folder: Path) -> Memory:
    """What `store` remembers of `folder`; nothing where it does not, or was damaged."""
    try:
        document = json.loads(_place(store, folder).read_bytes())
        if document["version"] != _VERSION or document["folder"] != str(folder):
            return Memory()
        return Memory(document["tree"], document["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return Memory()


def save_memory(
    store: Path, folder: Path, tree: str, entries: Iterable[Entry], files: Iterable[SourceFile]
) -> None:
    """Remember the stamps of `entries`, whose contents are `files` (in the same order)."""
    now = time.time_ns()
    kept = {
        entry.path: (_stamp(entry.status), file.sha256)
        for entry, file in zip(entries, files, strict=True)
        if not file.link and now - max(entry.status.st_mtime_ns, entry.status.st_ctime_ns) > _PEACE
    }
    document = {"version": _VERSION, "folder": str(folder), "tree": tree, "files": kept}
    place = _place(store, folder)
    place.parent.mkdir(exist_ok=True)
    # Losing it in a power cut costs time and nothing else, so it is not synchronised.
    temporary = place.with_name(f".{place.name}.{os.getpid()}.{time.monotonic_ns()}.tmp")
    try:
        temporary.write_text(json.dumps(document, separators=(",", ":")))
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def _place(store: Path, folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
    return store / ".memory" / f"{name}.json"


def _stamp(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
