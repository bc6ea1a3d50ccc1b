"""A store of bases: one folder a digest with the tree and what is known of it, found by a key that
says how the base was made. What is in it is whole, and is never changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nuages.core.base import Base, BasePython, SystemPackage
from nuages.system.files import (
    discard_tree,
    link_or_copy,
    publish_directory,
    remove_tree,
    switch_link,
    write_atomic,
)

RECORD = "base.json"
ROOT = "root"
_KEYS = ".keys"
_MAKING = ".making"
_SAFE = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@._-]{0,99}")


class BaseStore:
    """Bases below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, digest: str) -> Base | None:
        """The base of that digest, from its record; None where it is not there."""
        place = self.folder / digest.removeprefix("sha256:")
        try:
            document = json.loads((place / RECORD).read_text())
            return _from_json(document, place / ROOT)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def find(self, key: str) -> Base | None:
        """The base that was made last for that key."""
        try:
            digest = (self.folder / _KEYS / _name(key)).readlink().name
        except OSError:
            return None
        return self.get(digest)

    def digests(self) -> list[str]:
        """Every base in the store."""
        if not self.folder.is_dir():
            return []
        names = (entry.name for entry in os.scandir(self.folder) if entry.is_dir())
        return sorted(f"sha256:{name}" for name in names if not name.startswith("."))

    def remove(self, digest: str) -> None:
        """Forget a base, in one step; nobody may be using it."""
        discard_tree(self.folder / digest.removeprefix("sha256:"))

    @contextmanager
    def making(self, key: str, waits: Callable[[], None] = lambda: None) -> Iterator[Path]:
        """An empty folder to make a base of that key in, below which `root` is to be; what is not
        published is removed. One at a time of each kind has it, of all processes, and what one
        that was killed left is removed. Look again whether the base is there: the one before may
        have made it; `waits` is called where there is one."""
        self.open()
        kind = f"{_MAKING}-{_name(key).partition('-')[0]}"
        with _locked(self.folder / f"{kind}.lock", waits):
            for left in self.folder.glob(f"{kind}-*"):
                remove_tree(left)
            folder = self.folder / f"{_MAKING}-{_name(key)}"
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                remove_tree(folder)

    def publish(self, key: str, made: Base) -> Base:
        """Give the base whose root is in a folder of `making` its place, and its key."""
        place = made.root.parent
        write_atomic(place / RECORD, json.dumps(_to_json(made), sort_keys=True))
        final = self.folder / made.hex
        publish_directory(place, final, lambda _: self.get(made.digest) is not None)
        self._remember(key, made)
        return replace(made, root=final / ROOT)

    def amend(self, base: Base) -> None:
        """Write down what was found out of a base that is there; its tree is as it was."""
        write_atomic(self.folder / base.hex / RECORD, json.dumps(_to_json(base), sort_keys=True))

    def adopt(self, key: str, base: Base) -> Base:
        """The base of another store, in this one too: by hard links where both are on one disk."""
        known = self.get(base.digest)
        if known is None:
            with self.making(key) as folder:
                copy_tree(base.root, folder / ROOT)
                return self.publish(key, replace(base, root=folder / ROOT))
        self._remember(key, known)
        return known

    def open(self) -> bool:
        """Make the folder, closed to others, because a root has folders that anybody may write
        to; whether this process may write to it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            return False
        return os.access(self.folder, os.W_OK | os.X_OK)

    def _remember(self, key: str, base: Base) -> None:
        keys = self.folder / _KEYS
        keys.mkdir(exist_ok=True)
        link = keys / _name(key)
        if not (link.is_symlink() and link.readlink().name == base.hex):
            switch_link(link, f"../{base.hex}")


def copy_tree(
    source: Path, target: Path, place: Callable[[Path, Path], None] = link_or_copy
) -> None:
    """The same tree at `target`, which must not exist; the files are hard links where they can
    be, or whatever `place` makes of them."""
    target.mkdir(parents=True)
    folders = []
    for folder, names, files in os.walk(source):
        there = target / os.path.relpath(folder, source)
        for name in (*names, *files):
            path = Path(folder, name)
            if path.is_symlink():
                (there / name).symlink_to(path.readlink())
            elif path.is_dir():
                (there / name).mkdir()
                folders.append((there / name, path.stat()))
            elif path.is_file():
                place(path, there / name)
    for path, status in reversed(folders):
        path.chmod(status.st_mode & 0o7777)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    target.chmod(0o755)


@contextmanager
def _locked(path: Path, waits: Callable[[], None]) -> Iterator[None]:
    """One at a time, of all processes; whoever dies lets go."""
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _name(key: str) -> str:
    """The key as the name of a file; what has a slash or is long becomes a digest."""
    if _SAFE.fullmatch(key):
        return key
    return f"key-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _to_json(base: Base) -> dict[str, Any]:
    document = asdict(base)
    del document["root"]
    return document


def _from_json(document: dict[str, Any], root: Path) -> Base:
    python = document["python"]
    return Base(
        name=document["name"],
        digest=document["digest"],
        root=root,
        python=BasePython(**python) if python else None,
        packages=tuple(
            SystemPackage(**{**row, "licences": tuple(row["licences"])})
            for row in document["packages"]
        ),
        added=tuple(document["added"]),
        architecture=document["architecture"],
        multiarch=document["multiarch"],
        libc=document["libc"],
    )
