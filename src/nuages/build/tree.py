"""The app tree of an image: hard links to the source's files, with compiled bytecode, and a
commit's name in git's records where the app asks for it.

Files and folders can be written by any user, because the tree is the lower layer of an overlay
that belongs to another user; the folders above it are closed to everybody else.
"""

# The pathlib forms cost twice as much in these loops; for the open modes see above.
# ruff: noqa: PTH101, PTH102, PTH103, PTH112, PTH116, PTH120, PTH211, S103

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.core.facts import Folder
from nuages.core.source import Source, SourceFile

_BRANCH = "refs/heads/deployed"
# A tree without files, whose name every git knows. Nobody knows author and date here.
_BODY = b"""\
tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author Nuages <nuages@localhost> 0 +0000
committer Nuages <nuages@localhost> 0 +0000

Deployed by Nuages
"""
_CONFIG = b"[core]\n\trepositoryformatversion = 0\n\tbare = false\n"


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


def repository_files(commit: str) -> dict[str, bytes]:
    """The files below .git by their paths; `commit` is its 40 hexadecimal digits.

    The commit itself is not at hand, and its name follows from its content. So it is one of our
    own that stands in its place as git-replace(1) has it: git goes on to call it by the name.
    """
    stored = b"commit %d\0%b" % (len(_BODY), _BODY)
    name = hashlib.sha1(stored, usedforsecurity=False).hexdigest()
    return {
        "HEAD": f"ref: {_BRANCH}\n".encode(),
        _BRANCH: f"{commit}\n".encode(),
        f"refs/replace/{commit}": f"{name}\n".encode(),
        f"objects/{name[:2]}/{name[2:]}": zlib.compress(stored),
        "config": _CONFIG,
    }


def put_repository(app: Path, commit: str) -> None:
    """Write the records into `app`, open to whoever the app runs as, like the rest of the tree."""
    records = app / ".git"
    for path, content in repository_files(commit).items():
        place = records / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    for made in (records, *records.rglob("*")):
        made.chmod(0o777 if made.is_dir() else 0o666)


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
