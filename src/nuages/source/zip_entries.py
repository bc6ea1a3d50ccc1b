"""A zip's list of entries, judged before anything is written: names, kinds, places, claims."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from nuages.core.errors import NuagesError
from nuages.core.source import LeftOut
from nuages.source.builtin import rule_for_name
from nuages.source.errors import (
    DAMAGED,
    ENCRYPTED,
    NOT_A_ZIP,
    OVERLAPPING,
    SPECIAL_FILE,
    TOO_MANY,
    UNSAFE_PATH,
)

_UTF8_FLAG = 0x800
_ENCRYPTED_FLAGS = 0x1 | 0x40
_UNIX = 3
_WINDOWS = (0, 10, 11)
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file or link to unpack: its clean path below the root, and what the zip says of it."""

    path: str
    info: zipfile.ZipInfo
    executable: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What to unpack, and what the built-in rules leave out (paths below the root)."""

    entries: list[ZipEntry]
    left_out: list[LeftOut]


def list_entries(archive: zipfile.ZipFile, most: int) -> Listing:
    """Judge every entry of `archive`, of which `most` may be unpacked.

    A single folder around everything is stripped, unless it is itself a Python package.
    Raises source.E010 to E015 and E018.
    """
    infos = archive.infolist()
    if archive.fp is None:
        raise AssertionError("the archive is open")
    _refuse_overlaps(infos, archive.fp, archive.start_dir)
    files: list[ZipEntry] = []
    left_out: dict[str, LeftOut] = {}
    for info in infos:
        parts = _parts(info)
        kind = _kind(info)
        if not parts:
            continue
        left = _left_out(parts, folder=kind == "folder")
        if left is not None:
            left_out.setdefault(left.path, left)
            continue
        if kind == "folder":
            continue
        _refuse_unreadable(info)
        files.append(ZipEntry("/".join(parts), info, kind == "program", is_link=kind == "link"))
        if len(files) > most:
            raise NuagesError(TOO_MANY, f"The archive has more than {most} files")
    _refuse_clashes(files)
    top = _single_folder(files)
    if not top:
        return Listing(files, list(left_out.values()))
    cut = len(top) + 1
    stripped = [
        ZipEntry(each.path[cut:], each.info, each.executable, each.is_link) for each in files
    ]
    inside = [out for out in left_out.values() if out.path.startswith(f"{top}/")]
    return Listing(stripped, [LeftOut(out.path[cut:], out.rule) for out in inside])


def _parts(info: zipfile.ZipInfo) -> list[str]:
    """The clean path of an entry; source.E011 for one that would be written elsewhere."""
    name = _name(info)
    if info.create_system in _WINDOWS:
        name = name.replace("\\", "/")
    if name.startswith(("/", "\\\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        raise NuagesError(UNSAFE_PATH, f"The entry {name!r} has an absolute path")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise NuagesError(UNSAFE_PATH, f"The entry {name!r} leads out of the archive")
    if any(len(part.encode(errors="surrogateescape")) > 255 for part in parts) or len(name) > 2000:
        raise NuagesError(UNSAFE_PATH, f"The entry {name[:80]!r}… has too long a name")
    return parts


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: zips of Linux and macOS hold UTF-8 and seldom say so, and
    without a word the standard means the code page of the first PCs."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_FLAG:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _kind(info: zipfile.ZipInfo) -> str:
    """`folder`, `file`, `program` (a file with the x bit) or `link`; source.E013 otherwise."""
    if info.create_system != _UNIX:
        is_folder = info.filename.endswith(("/", "\\")) or info.external_attr & 0x10
        return "folder" if is_folder else "file"
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        return "link"
    if info.is_dir() or kind == stat.S_IFDIR:
        return "folder"
    if kind not in (0, stat.S_IFREG):
        message = f"The entry {info.filename!r} is a device, pipe or socket"
        raise NuagesError(SPECIAL_FILE, message)
    return "program" if mode & 0o111 else "file"


def _left_out(parts: list[str], *, folder: bool) -> LeftOut | None:
    """What the built-in rules leave out by name alone, so that it is never written."""
    for depth, part in enumerate(parts, start=1):
        rule = rule_for_name(part, folder=folder or depth < len(parts))
        if rule:
            return LeftOut("/".join(parts[:depth]), rule)
    return None


def _refuse_unreadable(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED_FLAGS:
        raise NuagesError(ENCRYPTED, f"The entry {info.filename!r} is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        message = f"The entry {info.filename!r} is compressed by method {info.compress_type}"
        raise NuagesError(NOT_A_ZIP, f"{message}; only deflate (8) and none (0) are read")


def _refuse_overlaps(infos: list[zipfile.ZipInfo], stream: IO[bytes], end: int) -> None:
    """source.E014 when two entries share bytes of the archive, as in a bomb without nesting."""
    former, limit = "", 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < limit:
            raise NuagesError(
                OVERLAPPING, f"The entries {former!r} and {info.filename!r} share bytes"
            )
        stream.seek(info.header_offset)
        header = stream.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            raise NuagesError(DAMAGED, f"The entry {info.filename!r} has no header")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        former, limit = info.filename, start + info.compress_size
        if limit > end:
            raise NuagesError(
                OVERLAPPING, f"The entry {former!r} reaches into the archive's directory"
            )


def _refuse_clashes(files: list[ZipEntry]) -> None:
    """source.E014 when two entries have one path, or one lies below another that is a file."""
    paths: set[str] = set()
    for each in files:
        if each.path in paths:
            raise NuagesError(OVERLAPPING, f"The archive has two entries {each.path!r}")
        paths.add(each.path)
    for each in files:
        for above in _above(each.path):
            if above in paths:
                message = f"The entry {each.path!r} lies below {above!r}, which is a file"
                raise NuagesError(OVERLAPPING, message)


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _single_folder(files: list[ZipEntry]) -> str:
    """The folder around everything, such as `repo-main`; empty where there is none."""
    tops = {each.path.partition("/")[0] for each in files}
    if len(tops) != 1 or any("/" not in each.path for each in files):
        return ""
    top = tops.pop()
    return "" if any(each.path == f"{top}/__init__.py" for each in files) else top
