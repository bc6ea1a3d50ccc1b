"""Compiled files and a root become the libraries of the root that the loader takes for them.

The order is that of ld.so(8): the folders that a file names itself, then those of
/etc/ld.so.conf, then the usual ones. Nothing is run.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nuages.build.bases.trees.rooted import read_inside, resolve_inside, trace_inside
from nuages.build.system.elf import Elf, read_elf
from nuages.build.system.libraries import MissingLibrary

# Where the loader looks without being told; Debian's own looks in the folder of the architecture.
_USUAL = ("lib/{0}", "usr/lib/{0}", "lib64", "usr/lib64", "lib", "usr/lib")
# Loaded by name while a program runs: by the C library when threads end, and, before 2.34, for
# names of users and hosts.
ALWAYS = ("libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")
_MULTIARCH = {62: "x86_64-linux-gnu", 183: "aarch64-linux-gnu"}
_MOST_INCLUDES = 16
_SYSTEM = ("usr/", "lib", "bin/", "sbin/")
# No server has a screen, and X11 is what this one needs.
_UNWANTED = "_tkinter."


@dataclass(frozen=True, slots=True)
class Closure:
    """The files and links of the root that are needed, by their paths below it, sorted; and what
    is needed and not there, with the first file that names it."""

    paths: tuple[str, ...]
    missing: tuple[MissingLibrary, ...]


def elf_files(trees: Iterable[Path]) -> list[Path]:
    """The programs and libraries in `trees`, sorted; links are not followed. A tree may be a
    file."""
    return sorted({path for tree in trees for path in _elf_files(tree)})


def library_closure(root: Path, files: Iterable[Path]) -> Closure:
    """What `files` need of `root`, directly and by what they need. They may lie in the root or
    outside of it; what a library outside brings by its file's name need not be in the root.

    Raises nothing: a file that is none, or is damaged, needs nothing.
    """
    elves = [(path, elf) for path in files if (elf := read_elf(path)) is not None]
    outside = [(path, elf) for path, elf in elves if _inside(root, path) is None]
    brought = {name for path, elf in outside for name in (path.name, elf.soname)}
    folders = {elf.machine: tuple(loader_folders(root, elf.machine)) for _, elf in elves}
    pending = [(path, elf, _inside(root, path)) for path, elf in reversed(elves)]
    taken: set[str] = set()
    seen: set[str] = set()
    missing: dict[str, str] = {}
    for machine, usual in folders.items():
        for name in ALWAYS:
            found = _find(root, name, machine, usual)
            if found is not None:
                taken.update(found.paths)
                pending.append((root / found.path, found.elf, found.path))
    while pending:
        path, elf, inside = pending.pop()
        wanted = [*elf.needed, *([elf.interpreter] if elf.interpreter else [])]
        for name in wanted:
            if name in brought:
                continue
            named = _named_folders(elf, inside)
            found = _find(root, name, elf.machine, (*named, *folders[elf.machine]))
            if found is None:
                missing.setdefault(name, str(path))
                continue
            taken.update(found.paths)
            if found.path not in seen:
                seen.add(found.path)
                pending.append((root / found.path, found.elf, found.path))
    absent = tuple(MissingLibrary(name, file) for name, file in sorted(missing.items()))
    return Closure(tuple(sorted(taken)), absent)


def loader_folders(root: Path, machine: int = 62) -> Iterator[str]:
    """The folders below `root` that libraries are looked for in, in their order."""
    yield from dict.fromkeys((*_configured(root, "etc/ld.so.conf", 0), *usual_folders(machine)))


def usual_folders(machine: int = 62) -> tuple[str, ...]:
    """The folders below any root that the loader knows by itself."""
    return tuple(folder.format(_MULTIARCH.get(machine, "")).rstrip("/") for folder in _USUAL)


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    elf: Elf
    paths: tuple[str, ...]


def _find(root: Path, name: str, machine: int, folders: Iterable[str]) -> _Found | None:
    """The first file of that name for that machine, with the links that lead to it."""
    places = [name] if "/" in name else [f"{folder}/{name}" for folder in folders]
    for place in places:
        trace = trace_inside(root, place)
        elf = read_elf(root / trace.path) if trace else None
        if trace is not None and elf is not None and elf.machine == machine:
            return _Found(trace.path, elf, (*trace.links, trace.path))
    return None


def _named_folders(elf: Elf, inside: str | None) -> Iterator[str]:
    """The folders that a file names itself; its own place only counts where it is in the root,
    because what lies beside one outside counts as brought."""
    for folder in elf.runpath or elf.rpath:
        words = folder.replace("${ORIGIN}", "$ORIGIN")
        if "$ORIGIN" not in words:
            yield words.lstrip("/")
        elif inside is not None:
            yield words.replace("$ORIGIN", inside.rpartition("/")[0])


def _inside(root: Path, path: Path) -> str | None:
    """The path below the root; None for a file outside of it. Of this machine's own root, only
    what the system put there is inside."""
    if not path.is_relative_to(root):
        return None
    inside = path.relative_to(root).as_posix()
    return None if root == Path("/") and not inside.startswith(_SYSTEM) else inside


def _configured(root: Path, path: str, depth: int) -> Iterator[str]:
    for written in read_inside(root, path, 65536).decode(errors="replace").split("\n"):
        line = written.partition("#")[0].strip()
        if line.startswith("include") and depth < _MOST_INCLUDES:
            for pattern in line.split()[1:]:
                full = pattern if pattern.startswith("/") else f"etc/{pattern}"
                for file in _matching(root, full.strip("/")):
                    yield from _configured(root, file, depth + 1)
        elif line.startswith("/"):
            yield line.strip("/")


def _matching(root: Path, pattern: str) -> list[str]:
    """Files by a pattern in the last part of a path, as ld.so.conf has them."""
    folder, _, last = pattern.rpartition("/")
    there = resolve_inside(root, folder)
    if there is None or not (root / there).is_dir():
        return []
    names = sorted(path.name for path in (root / there).iterdir())
    return [f"{there}/{name}" for name in names if fnmatch.fnmatchcase(name, last)]


def _elf_files(tree: Path) -> Iterator[Path]:
    if tree.is_file():
        yield tree
    for folder, _, names in os.walk(tree):
        programs = folder.endswith("/bin")
        for name in names:
            if (programs or name.endswith(".so") or ".so." in name) and _UNWANTED not in name:
                path = Path(folder, name)
                if not path.is_symlink() and path.is_file():
                    yield path
