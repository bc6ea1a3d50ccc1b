"""What git knows of a folder: the ignore files above it, up to the top of the repository, and
the files that are tracked although an ignore file names them. git itself is never run."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.source.descend import opened_below, opened_folder, read_beginning
from nuages.source.exported import is_exported
from nuages.source.ignore import IgnoreFile, parse_gitignore

_LONGEST_IGNORE_FILE = 1024 * 1024
_LARGEST_INDEX = 64 * 1024**2
_VERSIONS = (2, 3, 4)
_HASH = 20
# The numbers and the hash before an entry's flags; longer flags are a bit of these.
_FIXED = 40 + _HASH
_EXTENDED = 0x4000


@dataclass(frozen=True, slots=True)
class Repository:
    """`ignores` are the ignore files above the folder, the top one first; `tracked` the files
    below the folder that git tracks, `folders` those that hold one; `exported` whether the folder
    is none, but looks like an export of one."""

    ignores: tuple[IgnoreFile, ...] = ()
    tracked: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    exported: bool = False


def read_repository(folder: Path) -> Repository:
    """What git says of `folder`, a real path; nothing where it is in no repository, or in one
    that ignores the folder as a whole."""
    top = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if top is None:
        return Repository(exported=is_exported(folder))
    way = folder.relative_to(top).parts
    files: list[IgnoreFile] = []
    for depth in range(len(way)):
        content = _read(top.joinpath(*way[:depth]), ".gitignore")
        files.append(parse_gitignore(content, "../" * (len(way) - depth) + ".gitignore", ""))
    if any(_is_ignored(files, way[: depth + 1]) for depth in range(len(way))):
        return Repository(exported=is_exported(folder))
    ignores = (replace(file, above="/".join(way[at:])) for at, file in enumerate(files))
    tracked = _below(_tracked(top), "/".join(way))
    return Repository(tuple(ignores), tracked, frozenset(_folders(tracked)))


def parse_index(content: bytes) -> frozenset[str]:
    """The paths in git's index; none where it is not as git has written it since 2008 (a hash
    that is not SHA-1, a split or a damaged index)."""
    body, checksum = content[:-_HASH], content[-_HASH:]
    # git may be told to write no checksum.
    if checksum not in (hashlib.sha1(body, usedforsecurity=False).digest(), bytes(_HASH)):
        return frozenset()
    version, count = int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")
    if body[:4] != b"DIRC" or version not in _VERSIONS:
        return frozenset()
    paths: set[str] = set()
    place, former = 12, b""
    try:
        for _ in range(count):
            start = place
            flags = int.from_bytes(body[start + _FIXED : start + _FIXED + 2], "big")
            place += _FIXED + (4 if flags & _EXTENDED else 2)
            if version == 4:
                cut, place = _varint(body, place)
                kept = former[: len(former) - cut]
            else:
                kept = b""
            end = body.index(b"\0", place)
            former = kept + body[place:end]
            paths.add(os.fsdecode(former))
            # Padded to eight bytes, with one NUL at least; not in version 4.
            place = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
    except (ValueError, IndexError):
        return frozenset()
    # An index that is split keeps most of its entries elsewhere.
    return frozenset() if body[place : place + 4] == b"link" else frozenset(paths)


def _varint(body: bytes, place: int) -> tuple[int, int]:
    """A number of variable length, as in git's packs, and the place behind it."""
    byte = body[place]
    value = byte & 0x7F
    while byte & 0x80:
        place += 1
        byte = body[place]
        value = (value + 1 << 7) | (byte & 0x7F)
    return value, place + 1


def _tracked(top: Path) -> frozenset[str]:
    try:
        with opened_folder(top) as folder, opened_below(folder, ".git", ".git") as own:
            return parse_index(read_beginning(own, "index", _LARGEST_INDEX))
    except (NuagesError, OSError):
        # A worktree has a file there.
        return frozenset()


def _read(folder: Path, name: str) -> bytes:
    try:
        with opened_folder(folder) as descriptor:
            return read_beginning(descriptor, name, _LONGEST_IGNORE_FILE)
    except (NuagesError, OSError):
        return b""


def _is_ignored(files: list[IgnoreFile], way: tuple[str, ...]) -> bool:
    """Whether the folder at `way` below the top is ignored by the files above it: then the
    repository is another one's, as where a home folder is kept in git."""
    for depth in reversed(range(len(way))):
        verdict = files[depth].verdict("/".join(way[depth:]), way[-1], folder=True)
        if verdict is not None:
            return verdict[0]
    return False


def _below(paths: frozenset[str], folder: str) -> frozenset[str]:
    if not folder:
        return paths
    start = f"{folder}/"
    return frozenset(path[len(start) :] for path in paths if path.startswith(start))


def _folders(paths: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
