"""A folder or an archive becomes a source, whichever it is."""

from __future__ import annotations

from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.core.source import Source
from nuages.source.directory import read_directory, take_directory
from nuages.source.errors import MISSING


def take_source(folder: Path | None, archive: Path | None, store: Path) -> Source:
    """Take the one that is given into `store`. Raises source.E001 to E020."""
    if folder is not None:
        return take_directory(folder, store)
    if archive is not None:
        return _take_archive(archive, store)
    raise NuagesError(MISSING, "Neither a folder nor an archive was given")


def take_for_now(path: Path, scratch: Path) -> Source:
    """Take what lies at `path`, folder or zip, into a store that goes away again: it need not
    outlive a power cut. Raises source.E001 to E020."""
    if path.is_file():
        return _take_archive(path, scratch, durable=False)
    return take_directory(path, scratch, durable=False)


def read_source(path: Path, scratch: Path) -> Source:
    """Look at what lies at `path`: a folder where it is, a zip unpacked into `scratch`. Raises
    source.E001 to E020."""
    if path.is_file():
        return _take_archive(path, scratch, durable=False)
    return read_directory(path, scratch)


def _take_archive(archive: Path, store: Path, *, durable: bool = True) -> Source:
    # Loaded here: most sources are folders, and a check is to start at once.
    from nuages.source.archive import take_archive  # noqa: PLC0415

    return take_archive(archive, store, durable=durable)
