"""A folder becomes a source: its own files in a clean tree, named by one digest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nuages.core.app import to_name
from nuages.core.errors import NuagesError
from nuages.core.source import Source, SourceFile
from nuages.source.descend import Descent, opened_folder
from nuages.source.digest import tree_digest
from nuages.source.errors import EMPTY, MISSING
from nuages.source.git import read_repository
from nuages.source.memory import load_memory, save_memory
from nuages.source.scan import Entry, Scan, scan_folder
from nuages.source.store import Former, FormerVanishedError, build_tree, check_same, find_former

# Folder names that say nothing about the project in them.
_GENERIC = frozenset(
    {"src", "source", "app", "code", "project", "backend", "server", "web", "www", "django",
     "site", "api", "repo", "trunk", "main", "master"}
)  # fmt: skip


def take_directory(
    path: Path,
    store: Path,
    name: str | None = None,
    previous: Source | None = None,
    *,
    durable: bool = True,
) -> Source:
    """Take the folder at `path` into `store`.

    What did not change since the last time is hard-linked from the former tree, not copied:
    the store remembers each folder; `previous` helps where it does not. The folder itself is
    only read. A tree that is not `durable` need not outlive a power cut. Raises
    source.E001 to E006.
    """
    folder, scan = _scan(path, store)
    former = find_former(store, load_memory(store, folder), previous)
    try:
        taken = build_tree(folder, store, scan, former, durable=durable)
    except FormerVanishedError:
        taken = build_tree(folder, store, scan, Former(), durable=durable)
    final, tree = taken
    save_memory(store, folder, final.name, scan.entries, tree.files)
    return Source(
        path=final,
        digest=tree.digest,
        identity=f"folder:{folder}",
        name=name or suggest_name(folder),
        files=tuple(tree.files),
        left_out=tuple(scan.left_out),
        dockerfiles=scan.dockerfiles,
    )


def read_directory(path: Path, scratch: Path) -> Source:
    """The folder at `path` as `take_directory` would take it, the same digest and all, but for
    its path, which is the folder's own. Raises source.E001 to E006."""
    folder, scan = _scan(path, scratch)
    with opened_folder(folder) as descriptor:
        descent = Descent(descriptor)
        try:
            files = tuple(_read(descent, entry) for entry in scan.entries)
        finally:
            descent.close()
    return Source(
        path=folder,
        digest=tree_digest(files),
        identity=f"folder:{folder}",
        name=suggest_name(folder),
        files=files,
        left_out=tuple(scan.left_out),
        dockerfiles=scan.dockerfiles,
    )


def _scan(path: Path, store: Path) -> tuple[Path, Scan]:
    """The folder behind `path`, and the project's own files in it: none of the platform's, where
    `store` is one of its folders. Raises source.E001 to E006."""
    try:
        folder = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise NuagesError(MISSING, f"There is no folder {path}") from None
    if not folder.is_dir():
        raise NuagesError(MISSING, f"{path} is not a folder")
    scan = scan_folder(folder, _own_folder(folder, store), read_repository(folder))
    if not scan.entries:
        left = ", ".join(f"{out.path} ({out.rule})" for out in scan.left_out[:10])
        details = f"Left out: {left}" if left else ""
        raise NuagesError(EMPTY, f"There is nothing to deploy in {path}", details=details)
    return folder, scan


def suggest_name(folder: Path) -> str:
    """The app name that a folder suggests; its parent's where its own says nothing."""
    for candidate in (folder, *folder.parents):
        if candidate.name and candidate.name.lower() not in _GENERIC:
            return to_name(candidate.name)
    return to_name(folder.name)


def _read(descent: Descent, entry: Entry) -> SourceFile:
    if entry.link:
        target = os.fsencode(entry.link)
        digest = hashlib.sha256(target).hexdigest()
        return SourceFile(entry.path, digest, len(target), link=entry.link)
    with os.fdopen(descent.open(entry.path), "rb", 0) as stream:
        check_same(stream.fileno(), entry)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        check_same(stream.fileno(), entry)
    executable = bool(entry.status.st_mode & 0o111)
    return SourceFile(entry.path, digest, entry.status.st_size, executable)


def _own_folder(folder: Path, store: Path) -> Path | None:
    """The platform's state directory where it lies inside the project, else None."""
    place = Path(os.path.realpath(store))
    for candidate in (place.parent, place):
        if folder in candidate.parents:
            return candidate
    return None
