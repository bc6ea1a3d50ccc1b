"""Compiled files of an environment become the list of libraries that none of them will find.

Read from the ELF headers, and nothing of them is run: `ldd` would. What a wheel brings along in
`NAME.libs`, or loads ahead of its modules, counts as found wherever it lies in the environment; the
rest has to be where the sandbox shows libraries of this machine: below /usr, and beside the Python.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nuages.build.system.elf import read_elf

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
    elf = read_elf(path)
    return (elf.machine, elf.needed) if elf else (0, ())


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
