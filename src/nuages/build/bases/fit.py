"""Whether compiled files run on a base: the libraries that they lack, and the version of the GNU C
library that they take."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.build.bases.errors import NOT_FITTING
from nuages.build.bases.loader import elf_files, library_closure
from nuages.build.bases.ownership import file_owners, package_of_library
from nuages.build.system.elf import read_elf
from nuages.core.base import Base
from nuages.core.errors import NuagesError

_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")
# The version that each distribution keeps for its life.
_LIBC = {"ubuntu@22.04": "2.35", "debian@12": "2.36", "ubuntu@24.04": "2.39", "debian@13": "2.41"}


@dataclass(frozen=True, slots=True)
class LackingLibrary:
    """A library that nobody brings, the file that needs it (by its path below its tree), and the
    system package that has it (empty: not known)."""

    library: str
    file: str
    package: str


def missing_libraries(
    root: Path, trees: Sequence[Path], full: Path | None = None
) -> tuple[LackingLibrary, ...]:
    """The libraries that compiled files in `trees` need and that are neither in `root` nor in the
    trees, each once. Packages are looked up in the lists of `full`, a root that has more (this
    machine's own where there is none)."""
    missing = library_closure(root, elf_files(trees)).missing
    owners = file_owners(full or Path("/")) if missing else {}
    return tuple(
        LackingLibrary(
            each.library, _below(each.file, trees), package_of_library(each.library, owners)
        )
        for each in missing
    )


def needs_glibc(files: Iterable[Path]) -> str:
    """The oldest GNU C library that all of `files` run with, `2.35`; empty where none of them
    takes anything of one."""
    found = {
        (int(match.group(1)), int(match.group(2)))
        for path in files
        if (elf := read_elf(path)) is not None
        for version in elf.versions
        if (match := _GLIBC.fullmatch(version))
    }
    return ".".join(map(str, max(found))) if found else ""


def require_glibc(base: Base, files: Iterable[Path], what: str) -> None:
    """Raise build.E069 where the base's C library is older than `files` need, or another one, as
    Alpine has it. `what` they are is told (`Python 3.12.1`)."""
    needed = needs_glibc(files)
    if not needed or (base.libc and _numbers(base.libc) >= _numbers(needed)):
        return
    newer = [name for name, libc in _LIBC.items() if _numbers(libc) >= _numbers(needed)]
    kind = base.name.partition("@")[0]
    same = [name for name in newer if name.startswith(f"{kind}@")] or newer
    message = f"{what} needs glibc {needed}, and {base.name} has {base.libc or 'none'}"
    hint = f'Name a newer base in deploy.toml: [build] base = "{same[0]}"' if same else None
    raise NuagesError(NOT_FITTING, message, hint=hint)


def _below(file: str, trees: Sequence[Path]) -> str:
    for tree in trees:
        if Path(file).is_relative_to(tree):
            return os.path.relpath(file, tree)
    return file


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
