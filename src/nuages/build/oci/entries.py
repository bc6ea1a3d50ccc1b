"""Trees of the store become the entries of a layer: what lies where in the image, owned by whom,
with which mode; without times, and in one order."""

# The pathlib forms cost twice as much in these loops.
# ruff: noqa: PTH115

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

ROOT = (0, 0)
FOLDER_MODE = 0o755
_FILE_MODE, _PROGRAM_MODE, _LINK_MODE = 0o644, 0o755, 0o777


class Kind(StrEnum):
    """What an entry is."""

    FOLDER = "folder"
    FILE = "file"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a layer. `path` is below the root of the image, without a slash before it.

    A file's bytes are those of `source` on this machine, or `content`; `target` is where a link
    leads. `owner` are the numbers of its user and its group.
    """

    path: str
    kind: Kind
    mode: int
    source: Path | None = None
    content: bytes = b""
    target: str = ""
    owner: tuple[int, int] = ROOT


def tree_entries(
    top: Path,
    place: str,
    *,
    owner: tuple[int, int] = ROOT,
    wanted: Callable[[str], bool] = lambda _: True,
) -> Iterator[Entry]:
    """Everything below the folder `top`, and itself, as it is to lie at `place`: owned by `owner`,
    and of its mode nothing but whether it can be executed. `wanted` is asked with the path below
    `top` of each file and folder; what is below an unwanted one is not looked at. Whatever is
    neither file nor folder nor link is left out."""
    yield Entry(place, Kind.FOLDER, FOLDER_MODE, owner=owner)
    for path, one in _walk(top, wanted):
        inside = f"{place}/{path}"
        if one.is_symlink():
            yield Entry(inside, Kind.LINK, _LINK_MODE, target=os.readlink(one.path), owner=owner)
        elif one.is_dir():
            yield Entry(inside, Kind.FOLDER, FOLDER_MODE, owner=owner)
        else:
            yield copied_entry(Path(one.path), inside, owner)


def root_entries(root: Path) -> Iterator[Entry]:
    """Everything below `root`, a root file system, with the modes and owners that it has."""
    for path, one in _walk(root, lambda _: True):
        status = one.stat(follow_symlinks=False)
        owner, mode = (status.st_uid, status.st_gid), stat.S_IMODE(status.st_mode)
        if one.is_symlink():
            yield Entry(path, Kind.LINK, _LINK_MODE, target=os.readlink(one.path), owner=owner)
        elif one.is_dir():
            yield Entry(path, Kind.FOLDER, mode, owner=owner)
        else:
            yield Entry(path, Kind.FILE, mode, Path(one.path), owner=owner)


def copied_entry(file: Path, path: str, owner: tuple[int, int] = ROOT) -> Entry:
    """A file of this machine."""
    mode = _PROGRAM_MODE if file.stat().st_mode & 0o111 else _FILE_MODE
    return Entry(path, Kind.FILE, mode, file, owner=owner)


def file_entry(path: str, content: bytes, mode: int = _FILE_MODE) -> Entry:
    """A file of our own."""
    return Entry(path, Kind.FILE, mode, content=content)


def folder_entry(path: str, owner: tuple[int, int] = ROOT, mode: int = FOLDER_MODE) -> Entry:
    """A folder of our own."""
    return Entry(path, Kind.FOLDER, mode, owner=owner)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries by their paths, each folder above one of them included. Where two have one path
    the later one counts."""
    made = {entry.path: entry for entry in entries}
    for path in list(made):
        for parent in PurePosixPath(path).parents[:-1]:
            made.setdefault(str(parent), Entry(str(parent), Kind.FOLDER, FOLDER_MODE))
    return sorted(made.values(), key=lambda entry: entry.path)


def _walk(top: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files, folders and links below `top` with their paths, in no order."""
    folders = [""]
    while folders:
        below = folders.pop()
        with os.scandir(top / below) as found:
            for one in found:
                path = f"{below}/{one.name}" if below else one.name
                if not wanted(path):
                    continue
                if one.is_dir(follow_symlinks=False):
                    folders.append(path)
                if one.is_symlink() or one.is_dir() or one.is_file():
                    yield path, one
