"""What a front end's build made: files found in the tree that it was given, kept by a digest.

The tree was written to by the project's own code, so only plain files are taken from it and no
link is followed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from nuages.core.facts import FrontEnd
from nuages.core.home import Home
from nuages.core.source import Source, SourceFile
from nuages.system.files import link_or_copy, publish_directory, remove_tree

# What installations and tools leave beside the results.
_PASSED_OVER = frozenset(
    {"node_modules", ".cache", ".parcel-cache", ".yarn", ".pnpm-store", ".npm", ".turbo",
     ".sass-cache", ".eslintcache", ".pnp.cjs", ".pnp.loader.mjs", "__pycache__"}
)  # fmt: skip
# What browsers ask for, of packages whose own files are static files.
_WEB = (
    ".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".svg", ".png",
    ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".wasm", ".swf", ".json", ".mp3", ".mp4",
)  # fmt: skip
# Results of that many builds are kept.
_KEPT = 24
_FILES = "files.json"


@dataclass(frozen=True, slots=True)
class FrontEndFiles:
    """Files that builds made: `path` is the folder that holds them as they lie in the source."""

    path: Path
    files: tuple[SourceFile, ...]

    def added_to(self, source: Source) -> Source:
        """The source with these files, as far as lists and digests go."""
        digest = hashlib.sha256(source.digest.encode())
        for file in self.files:
            digest.update(f"\0{file.path}\0{file.sha256}".encode())
        files = {file.path: file for file in (*source.files, *self.files)}
        rows = tuple(files[path] for path in sorted(files))
        return replace(source, digest=f"sha256:{digest.hexdigest()}", files=rows)

    def put_into(self, tree: Path) -> None:
        """Link the files into an app tree, in place of what lies there."""
        for file in self.files:
            place = tree / file.path
            _open_folders(tree, place.parent)
            remove_tree(place)
            link_or_copy(self.path / file.path, place)


def copy_source(source: Source, tree: Path) -> Mapping[str, tuple[int, int]]:
    """A copy of the source that anybody may change; sizes and times by path, by which what was
    changed is told apart."""
    tree.mkdir()
    tree.chmod(0o777)
    stamps = {}
    for file in source.files:
        place = tree / file.path
        _open_folders(tree, place.parent)
        if file.link:
            place.symlink_to(file.link)
            continue
        shutil.copyfile(source.path / (file.of or file.path), place)
        place.chmod(0o777 if file.executable else 0o666)
        status = place.stat()
        stamps[file.path] = (status.st_size, status.st_mtime_ns)
    return stamps


def take_results(
    tree: Path,
    stamps: Mapping[str, tuple[int, int]],
    front_ends: Collection[FrontEnd],
    target: Path,
) -> FrontEndFiles:
    """Move what is new or changed in `tree` to `target`, which must not be there yet."""
    target.mkdir(parents=True)
    files = []
    paths = [*_made(tree, stamps)]
    for front_end in front_ends:
        for package in front_end.served:
            folder = os.path.normpath(f"{front_end.folder}/node_modules/{package}")
            paths += _shown(tree, folder)
    for path in sorted(set(paths)):
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        (tree / path).rename(place)
        status = place.stat()
        if os.geteuid() != status.st_uid:
            os.chown(place, os.geteuid(), os.getegid())
        place.chmod(0o666)
        sha256 = hashlib.sha256(place.read_bytes()).hexdigest()
        files.append(SourceFile(path, sha256, status.st_size))
    return FrontEndFiles(target, tuple(files))


def load_results(home: Home, key: str) -> FrontEndFiles | None:
    """What a build of this key made; None where it is not there."""
    folder = _place(home) / key
    try:
        rows = json.loads((folder / _FILES).read_text())
        files = tuple(SourceFile(*row) for row in rows)
        if all((folder / "tree" / f.path).stat().st_size == f.size for f in files):
            os.utime(folder)
            return FrontEndFiles(folder / "tree", files)
    except (OSError, ValueError, TypeError):
        pass
    return None


def publish_results(home: Home, key: str, built: FrontEndFiles) -> FrontEndFiles:
    """Keep what was built under its key, and let go of the oldest."""
    place = _place(home)
    place.mkdir(parents=True, exist_ok=True)
    temporary = place / f".{key[:16]}.{secrets.token_hex(4)}.tmp"
    temporary.mkdir()
    try:
        built.path.rename(temporary / "tree")
        rows = [[file.path, file.sha256, file.size] for file in built.files]
        (temporary / _FILES).write_text(json.dumps(rows))
        publish_directory(temporary, place / key, lambda _: load_results(home, key) is not None)
    finally:
        remove_tree(temporary)
    kept = sorted(place.iterdir(), key=lambda folder: -folder.lstat().st_mtime)
    for folder in kept[_KEPT:]:
        remove_tree(folder)
    return FrontEndFiles(place / key / "tree", built.files)


def _place(home: Home) -> Path:
    return home.cache / "front-ends"


def _made(tree: Path, stamps: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The plain files that were not in the source, or not so."""
    for path, entry in _walk(tree, ""):
        status = entry.stat(follow_symlinks=False)
        if stamps.get(path) != (status.st_size, status.st_mtime_ns):
            yield path


def _shown(tree: Path, folder: str) -> Iterator[str]:
    """The files of an installed package that a browser may ask for."""
    if (tree / folder).is_symlink() or not (tree / folder).is_dir():
        return
    for path, _ in _walk(tree, folder):
        if path.lower().endswith(_WEB):
            yield path


def _walk(tree: Path, top: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    folders = [top]
    while folders:
        below = folders.pop()
        with suppress(OSError), os.scandir(tree / below) as entries:
            for entry in entries:
                path = f"{below}/{entry.name}" if below else entry.name
                if entry.name in _PASSED_OVER:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield path, entry


def _open_folders(tree: Path, folder: Path) -> None:
    """Make a folder of an app tree, writable by all as its others are."""
    missing = []
    while not folder.is_dir() and folder != tree:
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        remove_tree(each)
        each.mkdir()
        each.chmod(0o777)
