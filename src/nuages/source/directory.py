"""A folder becomes a source: its own files in a clean tree, named by one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    project = _find(path, store)
    folder, scan = project.folder, project.scan
    former = find_former(store, load_memory(store, folder), previous)
    try:
        taken = build_tree(folder, store, scan, former, durable=durable)
    except FormerVanishedError:
        taken = build_tree(folder, store, scan, Former(), durable=durable)
    final, tree = taken
    save_memory(store, folder, final.name, scan.entries, tree.files)
    source = project.source(final, tree.digest, tree.files)
    return replace(source, name=name) if name else source


def read_directory(path: Path, scratch: Path) -> Source:
    """The folder at `path` as `take_directory` would take it, the same digest and all, but for
    its path, which is the folder's own. Raises source.E001 to E006."""
    project = _find(path, scratch)
    with opened_folder(project.folder) as descriptor:
        descent = Descent(descriptor)
        try:
            files = [_read(descent, entry) for entry in project.scan.entries]
        finally:
            descent.close()
    return project.source(project.folder, tree_digest(files), files)


@dataclass(frozen=True, slots=True)
class _Project:
    """A folder with the files in it that are the project's own, and the commit that they are of."""

    folder: Path
    scan: Scan
    commit: str

    def source(self, path: Path, digest: str, files: Iterable[SourceFile]) -> Source:
        """The source whose files lie at `path`."""
        return Source(
            path=path,
            digest=digest,
            identity=f"folder:{self.folder}",
            name=suggest_name(self.folder),
            files=tuple(files),
            left_out=tuple(self.scan.left_out),
            dockerfiles=self.scan.dockerfiles,
            commit=self.commit,
        )


def _find(path: Path, store: Path) -> _Project:
    """The project at `path`, without the platform's files where `store` lies in it. Raises
    source.E001 to E006."""
    try:
        folder = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise NuagesError(MISSING, f"There is no folder {path}") from None
    if not folder.is_dir():
        raise NuagesError(MISSING, f"{path} is not a folder")
    repository = read_repository(folder)
    scan = scan_folder(folder, _own_folder(folder, store), repository)
    if not scan.entries:
        left = ", ".join(f"{out.path} ({out.rule})" for out in scan.left_out[:10])
        details = f"Left out: {left}" if left else ""
        raise NuagesError(EMPTY, f"There is nothing to deploy in {path}", details=details)
    return _Project(folder, scan, repository.commit)


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
