"""Compiled files of an environment become the list of libraries that none of them will find.

Read from the ELF headers, and nothing of them is run: `ldd` would. What a wheel brings along in
`NAME.libs`, or loads ahead of its modules, counts as found wherever it lies in the environment; the
rest has to be where the sandbox shows libraries of this machine: below /usr, and beside the Python.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"\x7fELF\x02\x01"
# Program headers, bytes of the dynamic section, bytes of a name: more than any real file has.
_MOST_HEADERS, _MOST_DYNAMIC, _MOST_NAME = 512, 1 << 20, 1024
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS = 1, 5
_CONFIGURATION = Path("/etc/ld.so.conf.d")
_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


@dataclass(frozen=True, slots=True)
class MissingLibrary:
    """A library that a file of the environment (by its path below it) is linked with."""

    library: str
    file: str


def find_missing(venv: Path, prefix: Path) -> tuple[MissingLibrary, ...]:
    """The libraries that compiled files of the sealed environment at `venv` need and that are
    neither in it, nor of this machine, nor beside the Python installed at `prefix`; each once."""
    files = list(_compiled(venv))
    own = {os.path.basename(path) for path in files}  # noqa: PTH119 a set of many
    machine = _machine(Path("/proc/self/exe"))
    found: dict[str, str] = {}
    for path in sorted(files):
        kind, needed = read_needed(Path(path))
        if kind == machine:
            for library in needed:
                if library not in own:
                    found.setdefault(library, path)
    there = set(on_machine(found, prefix))
    return tuple(
        MissingLibrary(library, os.path.relpath(path, venv))
        for library, path in found.items()
        if library not in there
    )


def on_machine(libraries: Iterable[str], prefix: Path | None = None) -> Iterator[str]:
    """Those of `libraries` that an app finds on this machine."""
    folders = list(_host_folders()) + ([str(prefix / "lib")] if prefix else [])
    for library in libraries:
        # A link that leads nowhere is none; a name with a folder in it is looked for there.
        if any(Path(folder, library).exists() for folder in folders):
            yield library


def read_needed(path: Path) -> tuple[int, tuple[str, ...]]:
    """The machine that a 64-bit ELF file is for and the libraries that it is linked with
    (DT_NEEDED); (0, ()) for any other file, and for one that is damaged."""
    try:
        with path.open("rb") as stream:
            return _read(stream)
    except (OSError, struct.error, ValueError, OverflowError):
        return 0, ()


def _read(stream: BinaryIO) -> tuple[int, tuple[str, ...]]:
    head = stream.read(64)
    if not head.startswith(_MAGIC):
        return 0, ()
    (machine,) = struct.unpack_from("<H", head, 18)
    (start,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    stream.seek(start)
    table = stream.read(size * min(count, _MOST_HEADERS))
    loads, entries = [], b""
    for place in range(0, len(table) - 55, max(size, 56)):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", table, place)
        if kind == _LOAD:
            loads.append((address, offset, length))
        elif kind == _DYNAMIC:
            stream.seek(offset)
            entries = stream.read(min(length, _MOST_DYNAMIC))
    tags = list(struct.iter_unpack("<QQ", entries[: len(entries) // 16 * 16]))
    strings = next((value for tag, value in tags if tag == _STRINGS), None)
    if strings is None:
        return machine, ()
    base = next((o + strings - a for a, o, n in loads if a <= strings < a + n), strings)
    return machine, tuple(
        name for tag, value in tags if tag == _NEEDED and (name := _name(stream, base + value))
    )


def _name(stream: BinaryIO, place: int) -> str:
    stream.seek(place)
    return stream.read(_MOST_NAME).partition(b"\0")[0].decode(errors="replace")


def _compiled(venv: Path) -> Iterator[str]:
    """Shared libraries of the environment, and its programs. Links are not followed."""
    for folder, _, names in os.walk(venv):
        programs = folder == str(venv / "bin")
        for name in names:
            if programs or name.endswith(".so") or ".so." in name:
                path = f"{folder}/{name}"
                if not os.path.islink(path):  # noqa: PTH114 many of them
                    yield path


def _machine(path: Path) -> int:
    return read_needed(path)[0]


def _host_folders() -> Iterator[str]:
    """Where the loader looks, as far as a sandbox shows it."""
    yield from _FOLDERS
    for file in sorted(_CONFIGURATION.glob("*.conf")):
        try:
            lines = file.read_text(errors="replace").split("\n")
        except OSError:
            continue
        for line in lines:
            folder = line.strip()
            if folder.startswith(("/usr/", "/lib")):
                yield folder
