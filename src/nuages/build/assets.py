"""A tree of collected static files becomes `static/<digest>/`, with compressed forms beside it.

The tree was written by the project's own code in a sandbox, so only plain files are taken from
it and no link is followed. Hashed files of former releases are kept beside the new ones: a page
that a browser loaded before the switch still asks for them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from nuages.build.compress import ENDINGS, compress, is_compressible
from nuages.system.files import publish_directory, remove_tree, write_atomic
from nuages_runtime.given.served import HASHED

# How many releases a hashed file outlives the last one that had it.
KEEP_RELEASES = 5
_DAY = 86400.0  # seconds
# name.<12 hex digits>.ext, as Django's ManifestStaticFilesStorage makes them.
_HASHED = re.compile(HASHED)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a published tree. `age` counts the releases since the last one that had it;
    `forms` are the endings of its compressed forms with their sizes in bytes."""

    path: str
    sha256: str
    size: int
    age: int = 0
    forms: tuple[tuple[str, int], ...] = ()


def publish_static(collected: Path, former: Sequence[str], home_static: Path) -> str:
    """Put a collected tree into `home_static/<digest>/` and return the digest, a hex string.

    `former` are digests of earlier trees of the same environment, the newest first. The digest
    covers paths and contents of everything published, so the same input always gets the same
    tree; one that is there already is not made again.
    """
    home_static.mkdir(parents=True, exist_ok=True)
    own = {file.path: file for file in _scan(collected)}
    trees = [tree for digest in former if (tree := _load(home_static, digest)) is not None]
    if trees and _same(own, trees[0]):
        return former[0]
    files = sorted(_merge(own, trees).values(), key=lambda file: file.path)
    digest = _digest(files)
    if _load(home_static, digest) is None:
        _publish(collected, files, home_static, digest)
    return digest


def own_files(home_static: Path, digest: str) -> list[tuple[str, str]]:
    """The files of a published tree with their SHA-256, without those of former releases and
    without compressed forms."""
    return [(f.path, f.sha256) for f in _rows(_manifest(home_static, digest)) or [] if not f.age]


def _scan(top: Path) -> Iterator[_File]:
    """Every plain file below `top`, hashed."""
    folders = [""]
    while folders:
        below = folders.pop()
        with os.scandir(top / below) as entries:
            for entry in entries:
                path = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    with _open(top / path) as stream:
                        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                    yield _File(path, sha256, entry.stat(follow_symlinks=False).st_size)


def _open(path: Path) -> io.BufferedReader:
    """A plain file to read; OSError where there is something else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "Not a plain file", str(path))
    return stream


def _same(own: dict[str, _File], tree: list[_File]) -> bool:
    """Whether a former release was collected from the very same files."""
    before = {file.path: file.sha256 for file in tree if file.age == 0}
    return before == {path: file.sha256 for path, file in own.items()}


def _merge(own: dict[str, _File], trees: Iterable[list[_File]]) -> dict[str, _File]:
    """This release's files, and the hashed ones of former releases that are young enough."""
    merged = dict(own)
    for steps, tree in enumerate(trees, start=1):
        for file in tree:
            age = file.age + steps
            if age <= KEEP_RELEASES and _HASHED.search(file.path):
                merged.setdefault(file.path, _File(file.path, file.sha256, file.size, age))
    return merged


def _digest(files: Iterable[_File]) -> str:
    rows = [[file.path, file.sha256, file.age] for file in files]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _publish(collected: Path, files: list[_File], home_static: Path, digest: str) -> None:
    temporary = home_static / f".{digest[:16]}.{secrets.token_hex(4)}.tmp"
    press = _Press(collected, temporary, _known(home_static), {file.path for file in files})
    try:
        for folder in sorted({file.path.rpartition("/")[0] for file in files} | {""}):
            _make_folder(temporary, folder)
        # The compressors let go of the interpreter's lock; the largest files go first.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            order = sorted(files, key=lambda file: -file.size)
            made = list(pool.map(press.place, order))
        rows = [[f.path, f.sha256, f.size, f.age, f.forms] for f in made]
        _put_aside(home_static / digest)
        publish_directory(temporary, home_static / digest)
        # Last: a tree without it counts as unfinished.
        write_atomic(_manifest(home_static, digest), json.dumps(rows))
        _sweep(home_static)
    except BaseException:
        remove_tree(temporary)
        raise


def _put_aside(damaged: Path) -> None:
    """Out of the way in one step; it is swept away some day later."""
    with contextlib.suppress(FileNotFoundError):
        damaged.rename(damaged.with_name(f".{damaged.name[:16]}.{secrets.token_hex(4)}.tmp"))


def _sweep(home_static: Path) -> None:
    """Remove what a kill left unfinished a day ago or longer."""
    for entry in home_static.glob(".*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - entry.stat().st_mtime > _DAY:
                remove_tree(entry)


@dataclass(frozen=True, slots=True)
class _Press:
    """Puts files with their compressed forms into `target`. `known` says by content which tree
    has them already, `paths` are all paths of the new tree: a project may bring compressed forms
    of its own, and those stay as they are."""

    collected: Path
    target: Path
    known: dict[str, tuple[Path, _File]]
    paths: set[str]

    def place(self, file: _File) -> _File:
        """Link the file where a tree has it, else write it; the file with its forms' sizes."""
        found = self.known.get(file.sha256)
        return (found and self._link(*found, file)) or self._make(file)

    def _link(self, tree: Path, source: _File, file: _File) -> _File | None:
        alike = is_compressible(source.path, file.size) == is_compressible(file.path, file.size)
        if not alike or not _is_whole(tree, source):
            return None
        forms = tuple(form for form in source.forms if f"{file.path}{form[0]}" not in self.paths)
        try:
            for ending in ("", *(ending for ending, _ in forms)):
                os.link(f"{tree}/{source.path}{ending}", f"{self.target}/{file.path}{ending}")
        except OSError:
            return None
        return replace(file, forms=forms)

    def _make(self, file: _File) -> _File:
        with _open(self.collected / file.path) as stream:
            if not is_compressible(file.path, file.size):
                _write(self.target / file.path, stream)
                return replace(file, forms=())
            content = stream.read()
        _write(self.target / file.path, io.BytesIO(content))
        forms = {
            ending: data
            for ending, data in compress(content).items()
            if f"{file.path}{ending}" not in self.paths
        }
        for ending, data in forms.items():
            _write(self.target / f"{file.path}{ending}", io.BytesIO(data))
        sizes = tuple((ending, len(data)) for ending, data in forms.items())
        return replace(file, forms=sizes)


def _write(path: Path, source: BinaryIO) -> None:
    """A file for everybody to read, whatever our umask is."""
    path.unlink(missing_ok=True)  # the rest of a link that did not succeed
    with path.open("xb") as stream:
        os.fchmod(stream.fileno(), 0o644)
        shutil.copyfileobj(source, stream, 1024 * 1024)


def _make_folder(top: Path, folder: str) -> None:
    path = top
    for name in ("", *folder.split("/")):
        path = path / name
        if not path.is_dir():
            path.mkdir()
            path.chmod(0o755)


def _known(home_static: Path) -> dict[str, tuple[Path, _File]]:
    """Every file of every published tree by its content: other apps have Django's admin too."""
    known: dict[str, tuple[Path, _File]] = {}
    for manifest in home_static.glob(".*.json"):
        digest = manifest.name[1 : -len(".json")]
        tree = home_static / digest
        if not tree.is_dir():
            manifest.unlink(missing_ok=True)
            continue
        files = _rows(manifest) or []
        paths = {file.path for file in files}
        for file in files:
            # Not where the project's own compressed forms lie in place of ours.
            if not any(f"{file.path}{ending}" in paths for ending in ENDINGS):
                known[file.sha256] = (tree, file)
    return known


def _load(home_static: Path, digest: str) -> list[_File] | None:
    """The files of a published tree, or None where it is missing or a power cut damaged it."""
    files = _rows(_manifest(home_static, digest))
    tree = home_static / digest
    if files is None or not all(_is_whole(tree, file) for file in files):
        return None
    return files


def _is_whole(tree: Path, file: _File) -> bool:
    wanted = {"": file.size, **dict(file.forms)}
    try:
        return all(
            os.stat(f"{tree}/{file.path}{ending}").st_size == size  # noqa: PTH116 speed
            for ending, size in wanted.items()
        )
    except FileNotFoundError:
        return False


def _rows(manifest: Path) -> list[_File] | None:
    try:
        rows: list[Any] = json.loads(manifest.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return [
        _File(path, sha256, size, age, tuple((ending, length) for ending, length in forms))
        for path, sha256, size, age, forms in rows
    ]


def _manifest(home_static: Path, digest: str) -> Path:
    """Beside the tree, not in it: what is in it is served."""
    return home_static / f".{digest}.json"
