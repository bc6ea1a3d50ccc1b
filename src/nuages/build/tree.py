"""The app tree of an image: hard links to the source's files, with compiled bytecode.

Files and folders can be written by any user, because the tree is the lower layer of an overlay
that belongs to another user; the folders above it are closed to everybody else.
"""

# The pathlib forms cost twice as much in these loops; for the open modes see above.
# ruff: noqa: PTH101, PTH102, PTH103, PTH112, PTH116, PTH120, PTH211, S103

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.core.facts import Folder
from nuages.core.source import Source, SourceFile


@dataclass(frozen=True, slots=True)
class FormerTree:
    """The app tree of the image before, and the files that it was made from: bytecode of
    files that are the same is linked from there. `tag` is its `cpython-312`."""

    path: Path
    files: tuple[SourceFile, ...]
    tag: str


def make_app_tree(source: Source, target: Path) -> None:
    """Make `target` a tree of hard links to the source's files."""
    os.mkdir(target)
    os.chmod(target, 0o777)
    folders = {""}
    for file in source.files:
        _make_folders(target, file.path.rpartition("/")[0], folders)
        path = f"{target}/{file.path}"
        if file.link:
            os.symlink(file.link, path)
            continue
        os.link(f"{source.path}/{file.of or file.path}", path, follow_symlinks=False)
        mode = 0o777 if file.executable else 0o666
        if os.stat(path).st_mode & 0o777 != mode:
            os.chmod(path, mode)


def links_into_volume(folders: Iterable[Folder], built: Collection[str]) -> list[tuple[str, str]]:
    """Each folder that lies in the volume, and where; none in which front ends `built` a file:
    that would be written through the link, to wherever it leads on this machine."""
    return [
        (folder.path, folder.place)
        for folder in folders
        if folder.place and not any(f"{path}/".startswith(f"{folder.path}/") for path in built)
    ]


def link_bytecode(source: Source, target: Path, former: FormerTree | None, tag: str) -> list[str]:
    """Link the bytecode of unchanged files from the former tree; the files still to compile."""
    before = {}
    if former is not None and former.tag == tag:
        before = {file.path: file.sha256 for file in former.files}
    changed: list[str] = []
    for file in source.files:
        if not file.path.endswith(".py") or file.link:
            continue
        if former is None or before.get(file.path) != file.sha256:
            changed.append(file.path)
            continue
        name = bytecode_path(file.path, tag)
        try:
            os.makedirs(os.path.dirname(f"{target}/{name}"), mode=0o777, exist_ok=True)
            os.link(f"{former.path}/{name}", f"{target}/{name}")
        except FileNotFoundError:
            changed.append(file.path)
        except FileExistsError:
            pass
    return changed


def bytecode_path(path: str, tag: str) -> str:
    """Where Python looks for the bytecode of a file (PEP 3147)."""
    folder, _, name = path.rpartition("/")
    cache = f"{folder}/__pycache__" if folder else "__pycache__"
    return f"{cache}/{name.removesuffix('.py')}.{tag}.pyc"


def cache_tag(version: str) -> str:
    """`cpython-312` for `3.12.1`."""
    major, minor = version.split(".")[:2]
    return f"cpython-{major}{minor}"


def open_tree(target: Path, files: Sequence[str]) -> None:
    """Give the folders and files of fresh bytecode the modes of the rest of the tree."""
    for folder in {f"{target}/{name}".rpartition("/")[0] + "/__pycache__" for name in files}:
        if os.path.isdir(folder):
            os.chmod(folder, 0o777)


def _make_folders(target: Path, folder: str, made: set[str]) -> None:
    if folder in made:
        return
    _make_folders(target, folder.rpartition("/")[0], made)
    path = f"{target}/{folder}"
    os.mkdir(path)
    os.chmod(path, 0o777)
    made.add(folder)
