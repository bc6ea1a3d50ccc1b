"""A root in which /bin, /sbin and /lib are folders gets links to those of /usr in their place, as
every Debian and Ubuntu is installed. The package usrmerge does it with Perl, which no base has."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from nuages.build.bases.trees.rooted import resolve_inside

_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def merge_usr(root: Path) -> None:
    """Move what is in the top-level folders below /usr; of two files of one name that of the top
    stays, because it is the one of the package that boots."""
    for name in _TOP:
        if (root / name).is_dir() and not (root / name).is_symlink():
            _move(root, name, f"usr/{name}")
            (root / name).symlink_to(f"usr/{name}")


def _move(root: Path, source: str, target: str) -> None:
    (root / target).mkdir(parents=True, exist_ok=True)
    for item in sorted((root / source).iterdir()):
        inner, goal = f"{source}/{item.name}", f"{target}/{item.name}"
        there = root / goal
        if item.is_dir() and not item.is_symlink():
            _move(root, inner, goal)
        elif item.is_symlink() and there.exists() and resolve_inside(root, inner) == goal:
            item.unlink()
        elif item.is_symlink():
            leads = os.readlink(item)  # noqa: PTH115 as it is written
            item.unlink()
            there.unlink(missing_ok=True)
            # One that goes up would go elsewhere from below /usr.
            moved = posixpath.normpath(posixpath.join("/", source, leads))
            there.symlink_to(moved if ".." in leads else leads)
        else:
            item.replace(there)
    (root / source).rmdir()
