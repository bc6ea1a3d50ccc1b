"""What git knows of a folder: the ignore files above it, up to the top of the repository, and
the files that are tracked although an ignore file names them, and the commit. git itself is
never run."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import ExitStack
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
_LONGEST_REFERENCE = 4096
_LARGEST_PACKED = 16 * 1024**2
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REFERENCE = re.compile(r"ref: (refs(?:/[^/\s.][^/\s]*)+)")


@dataclass(frozen=True, slots=True)
class Repository:
    """`ignores` are the ignore files above the folder, the top one first; `tracked` the files
    below the folder that git tracks, `folders` those that hold one; `exported` whether the folder
    is none, but looks like an export of one; `commit` what is checked out, where that is known."""

    ignores: tuple[IgnoreFile, ...] = ()
    tracked: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    exported: bool = False
    commit: str = ""


def read_repository(folder: Path) -> Repository:
    """What git says of `folder`, a real path; nothing where it is in no repository, or in one
    that ignores the folder as a whole."""
    # A folder that is closed to us has none for us.
    holds = (each for each in (folder, *folder.parents) if os.path.exists(each / ".git"))  # noqa: PTH110
    top = next(holds, None)
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
    return Repository(
        tuple(ignores), tracked, frozenset(_folders(tracked)), commit=read_commit(top)
    )


def read_commit(top: Path) -> str:
    """What the repository at `top`, a real path, has checked out (gitrepository-layout(5)); empty
    where nothing is, where its names are SHA-256, and in a worktree, whose records lie
    elsewhere."""
    head = _record(top, "HEAD", _LONGEST_REFERENCE)
    reference = _REFERENCE.fullmatch(head)
    if reference is None:
        return named_commit(head)
    name = reference[1]
    return named_commit(_record(top, name, _LONGEST_REFERENCE)) or _packed(top, name)


def named_commit(text: str) -> str:
    """The commit that `text` is; empty where it is anything else."""
    return text if _COMMIT.fullmatch(text) else ""


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


def _packed(top: Path, name: str) -> str:
    for line in _record(top, "packed-refs", _LARGEST_PACKED).split("\n"):
        commit, _, reference = line.partition(" ")
        if reference == name:
            return named_commit(commit)
    return ""


def _record(top: Path, path: str, most: int) -> str:
    """A file of the repository's records, without the space around its text."""
    *folders, name = path.split("/")
    with ExitStack() as opened:
        try:
            current = opened.enter_context(opened_folder(top))
            for folder in (".git", *folders):
                current = opened.enter_context(opened_below(current, folder, folder))
            return read_beginning(current, name, most).decode(errors="replace").strip()
        except (NuagesError, OSError):
            return ""


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
