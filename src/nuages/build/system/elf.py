"""A 64-bit ELF file becomes what the loader reads of it; nothing of it is run, as `ldd` would.

Source: elf(5), and "Symbol Versioning" of the Linux Standard Base.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"\x7fELF\x02\x01"
# Program headers, bytes of the dynamic section, bytes of a name, versions: more than any real
# file has.
_MOST_HEADERS, _MOST_DYNAMIC, _MOST_NAME, _MOST_VERSIONS = 512, 1 << 20, 1024, 4096
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _SONAME, _RPATH, _RUNPATH = 1, 5, 14, 15, 29
_VERSIONS = 0x6FFFFFFE


@dataclass(frozen=True, slots=True)
class Elf:
    """What a file asks of the loader.

    `machine` is the number of the processor's kind; `interpreter` the loader that a program names;
    `needed` the libraries that it is linked with; `soname` what it is called by others. `runpath`
    are folders to look in for them, as written (`$ORIGIN/../lib`); `rpath` such that are looked in
    for what those need as well. `versions` are the symbol versions that it takes of others
    (`GLIBC_2.34`).
    """

    machine: int
    interpreter: str = ""
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset()


def read_elf(path: Path) -> Elf | None:
    """What the file says; None for one of another kind, and for one that is damaged."""
    try:
        with path.open("rb") as stream:
            return _read(stream)
    except (OSError, struct.error, ValueError, OverflowError):
        return None


def _read(stream: BinaryIO) -> Elf | None:
    head = stream.read(64)
    if not head.startswith(_MAGIC):
        return None
    (machine,) = struct.unpack_from("<H", head, 18)
    (start,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    stream.seek(start)
    table = stream.read(size * min(count, _MOST_HEADERS))
    loads: list[tuple[int, int, int]] = []
    entries, interpreter = b"", ""
    for place in range(0, len(table) - 55, max(size, 56)):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", table, place)
        if kind == _LOAD:
            loads.append((address, offset, length))
        elif kind == _DYNAMIC:
            stream.seek(offset)
            entries = stream.read(min(length, _MOST_DYNAMIC))
        elif kind == _INTERPRETER:
            interpreter = _name(stream, offset)
    tags = list(struct.iter_unpack("<QQ", entries[: len(entries) // 16 * 16]))
    strings = next((value for tag, value in tags if tag == _STRINGS), None)
    if strings is None:
        return Elf(machine, interpreter)
    base = _offset(loads, strings)

    def names(kind: int) -> tuple[str, ...]:
        found = (_name(stream, base + value) for tag, value in tags if tag == kind)
        return tuple(name for name in found if name)

    versions = next((value for tag, value in tags if tag == _VERSIONS), None)
    return Elf(
        machine,
        interpreter,
        soname=next(iter(names(_SONAME)), ""),
        needed=names(_NEEDED),
        rpath=_folders(names(_RPATH)),
        runpath=_folders(names(_RUNPATH)),
        versions=frozenset(_versions(stream, _offset(loads, versions), base))
        if versions is not None
        else frozenset(),
    )


def _offset(loads: list[tuple[int, int, int]], address: int) -> int:
    """Where in the file what is loaded at `address` lies."""
    return next((o + address - a for a, o, n in loads if a <= address < a + n), address)


def _versions(stream: BinaryIO, place: int, strings: int) -> Iterator[str]:
    """The names in the chain of chains that begins at `place`."""
    left = _MOST_VERSIONS
    while left > 0:
        stream.seek(place)
        _, count, _, first, following = struct.unpack("<HHIII", stream.read(16))
        inner = place + first
        for _ in range(min(count, left)):
            stream.seek(inner)
            _, _, _, name, step = struct.unpack("<IHHII", stream.read(16))
            yield _name(stream, strings + name)
            inner += step
        left -= max(count, 1)
        if not following:
            return
        place += following


def _folders(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(folder for path in paths for folder in path.split(":") if folder)


def _name(stream: BinaryIO, place: int) -> str:
    stream.seek(place)
    return stream.read(_MOST_NAME).partition(b"\0")[0].decode(errors="replace")
