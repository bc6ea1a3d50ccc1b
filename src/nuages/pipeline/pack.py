"""A project becomes the zip to upload: the same files of the same commit give the same bytes."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.core.source import LeftOut, Source, SourceFile
from nuages.pipeline.errors import PACK_FAILED
from nuages.source.digest import tree_digest
from nuages.source.take import take_for_now

# The earliest time that a zip can hold, so that no clock is in it.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


@dataclass(frozen=True, slots=True)
class PackResult:
    """The archive: the source's name, its path, its size in bytes, the number of files in it, the
    digest of the source that it holds, and what was left out."""

    name: str
    path: Path
    size: int
    files: int
    digest: str
    left_out: tuple[LeftOut, ...]


def pack_project(path: Path, output: Path | None = None) -> PackResult:
    """Pack the folder (or re-pack the zip) at `path` into `output`, by default `NAME.zip` in
    the current folder. Raises source.E001 to E020, pipeline.E010 when it cannot be written."""
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        source = take_for_now(path, Path(scratch) / "sources")
        target = output if output is not None else Path(f"{source.name}.zip")
        # Packing a folder into itself must not pack the former archive.
        itself = os.path.relpath(os.path.realpath(target), os.path.realpath(path))
        files = tuple(file for file in source.files if file.path != itself)
        _refuse_odd_names(files)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            _write(source, files, temporary)
            temporary.replace(target)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
            raise NuagesError(PACK_FAILED, f"{target} could not be written: {reason}") from None
        finally:
            temporary.unlink(missing_ok=True)
    size = target.stat().st_size
    return PackResult(source.name, target, size, len(files), tree_digest(files), source.left_out)


def _refuse_odd_names(files: tuple[SourceFile, ...]) -> None:
    for file in files:
        try:
            file.path.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(file.path).decode("utf-8", errors="backslashreplace")
            message = f"The name of {shown} is not in UTF-8, as a zip's names have to be"
            raise NuagesError(PACK_FAILED, message, hint="Rename the file.") from None


def _write(source: Source, files: tuple[SourceFile, ...], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # Where `git archive` has it.
        archive.comment = source.commit.encode()
        for file in files:
            info = _info(file)
            if file.link:
                archive.writestr(info, os.fsencode(file.link))
                continue
            with (source.path / file.path).open("rb") as reader, archive.open(info, "w") as writer:
                shutil.copyfileobj(reader, writer)


def _info(file: SourceFile) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(file.path, _EPOCH)
    info.create_system = _UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    mode = 0o755 if file.executable else 0o644
    kind = stat.S_IFLNK | 0o777 if file.link else stat.S_IFREG | mode
    info.external_attr = kind << 16
    info.file_size = file.size
    return info
