"""A zip becomes a source. What it unpacks to is counted while it is written, and nothing is
ever written outside of a folder of our own."""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from nuages.core.app import to_name
from nuages.core.errors import NuagesError
from nuages.core.source import LOCAL_DATABASE, SECRETS, Source
from nuages.source.errors import (
    ARCHIVE_TOO_LARGE,
    BOMB,
    DAMAGED,
    EMPTY,
    FILE_TOO_LARGE,
    MISSING,
    NOT_A_ZIP,
    UNREADABLE,
    UNSAFE_LINK,
)
from nuages.source.exported import is_exported
from nuages.source.git import Repository, named_commit
from nuages.source.links import stays_inside
from nuages.source.memory import Memory
from nuages.source.scan import scan_folder
from nuages.source.store import Former, FormerVanishedError, build_tree, find_former, workspace
from nuages.source.zip_entries import Listing, ZipEntry, list_entries

_CHUNK = 256 * 1024
_LONGEST_LINK = 4096


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to: bytes in all and in one file, the number of files, and
    how many times its own size (looked at beyond `ratio_from` bytes: small files of zeros
    compress well and harm nobody)."""

    total: int = 2 * 1024**3
    single: int = 512 * 1024**2
    count: int = 50_000
    ratio: int = 100
    ratio_from: int = 16 * 1024**2


DEFAULT_LIMITS = ArchiveLimits()


def take_archive(
    file: Path,
    store: Path,
    previous: Source | None = None,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    *,
    durable: bool = True,
) -> Source:
    """Take the zip at `file` into `store`, as `take_directory` takes a folder.

    A folder and its zip give the same digest. Raises source.E001 to E006 and E010 to E020.
    """
    if not file.is_file():
        raise NuagesError(MISSING, f"There is no file {file}")
    with workspace(store) as temporary:
        # Named so that no rule about folder names can concern it.
        root = temporary / "unpacked"
        root.mkdir()
        listing, comment = _unpack_file(file, root, limits)
        folder = Path(os.path.realpath(root))
        # A committed `.env` or database is no sign of work; anything else that is left out is.
        untouched = all(out.rule in (SECRETS, LOCAL_DATABASE) for out in listing.left_out)
        exported = untouched and is_exported(folder)
        scan = scan_folder(folder, repository=Repository(exported=exported))
        left_out = sorted((*scan.left_out, *listing.left_out), key=lambda left: left.path)
        if not scan.entries:
            raise NuagesError(EMPTY, f"There is nothing to deploy in {file.name}")
        former = find_former(store, Memory(), previous)
        try:
            final, tree = build_tree(root, store, scan, former, durable=durable)
        except FormerVanishedError:
            final, tree = build_tree(root, store, scan, Former(), durable=durable)
    return Source(
        path=final,
        digest=tree.digest,
        identity=f"archive:{file.name}",
        name=to_name(file.stem),
        files=tuple(tree.files),
        left_out=tuple(left_out),
        dockerfiles=scan.dockerfiles,
        # As `git archive` writes it, and the zips that code hosts offer have it.
        commit=named_commit(comment.decode("ascii", errors="replace")),
    )


def _unpack_file(file: Path, root: Path, limits: ArchiveLimits) -> tuple[Listing, bytes]:
    """Unpack `file` into the empty folder `root`; its entries, and the comment in it."""
    try:
        with zipfile.ZipFile(file) as archive:
            listing = list_entries(archive, limits.count)
            _refuse_claims(listing.entries, limits, file.stat().st_size)
            unpack = _Unpack(archive, root, limits, file.stat().st_size)
            for entry in listing.entries:
                unpack.entry(entry)
            # Links last: no file is ever written through one.
            for path, target in unpack.links:
                (root / path).symlink_to(target)
            return listing, archive.comment
    except PermissionError:
        raise NuagesError(UNREADABLE, f"The archive {file.name} cannot be read") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, ValueError) as error:
        code = DAMAGED if zipfile.is_zipfile(file) else NOT_A_ZIP
        if code is NOT_A_ZIP:
            raise NuagesError(code, f"{file.name} is no zip, or its end is missing") from None
        reason = str(error) or "it ends too early"
        raise NuagesError(code, f"{file.name}: {reason}") from None
    except NotImplementedError as error:
        raise NuagesError(NOT_A_ZIP, f"{file.name}: {error}") from None


def _refuse_claims(entries: list[ZipEntry], limits: ArchiveLimits, size: int) -> None:
    """Refuse by what the archive says of itself, before a byte is written. What it really
    holds is counted again later."""
    for entry in entries:
        _check_single(entry, entry.info.file_size, limits)
    total = sum(entry.info.file_size for entry in entries)
    _check_total(total, size, limits)


def _check_single(entry: ZipEntry, written: int, limits: ArchiveLimits) -> None:
    if written > limits.single:
        message = f"{entry.path} is larger than {_shown(limits.single)}"
        raise NuagesError(FILE_TOO_LARGE, message)
    if written > limits.ratio_from and written > limits.ratio * entry.info.compress_size:
        message = f"{entry.path} unpacks to more than {limits.ratio} times its compressed size"
        raise NuagesError(BOMB, message)


def _check_total(total: int, size: int, limits: ArchiveLimits) -> None:
    if total > limits.total:
        raise NuagesError(
            ARCHIVE_TOO_LARGE, f"The archive unpacks to more than {_shown(limits.total)}"
        )
    if total > limits.ratio_from and total > limits.ratio * size:
        message = f"The archive unpacks to more than {limits.ratio} times its own size"
        raise NuagesError(BOMB, message)


@dataclass(slots=True)
class _Unpack:
    archive: zipfile.ZipFile
    root: Path
    limits: ArchiveLimits
    size: int
    total: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)

    def entry(self, entry: ZipEntry) -> None:
        """Write one file, or note a link."""
        if entry.is_link:
            self._note_link(entry)
            return
        target = self.root / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o755 if entry.executable else 0o644
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        written = 0
        with (
            self.archive.open(entry.info) as reader,
            os.fdopen(os.open(target, flags, mode), "wb") as writer,
        ):
            while chunk := reader.read(_CHUNK):
                written += len(chunk)
                self.total += len(chunk)
                _check_single(entry, written, self.limits)
                _check_total(self.total, self.size, self.limits)
                writer.write(chunk)
        if written != entry.info.file_size:
            message = f"{entry.path} has {written} bytes, not {entry.info.file_size} as recorded"
            raise NuagesError(DAMAGED, message)
        target.chmod(mode)

    def _note_link(self, entry: ZipEntry) -> None:
        with self.archive.open(entry.info) as reader:
            content = reader.read(_LONGEST_LINK + 1)
        target = os.fsdecode(content)
        if len(content) > _LONGEST_LINK or not stays_inside(entry.path, target):
            message = f"The link {entry.path} points to {target[:100]!r}, outside of the archive"
            raise NuagesError(UNSAFE_LINK, message)
        self.links.append((entry.path, target))


def _shown(size: int) -> str:
    return f"{size // 1024**2} MiB" if size >= 1024**2 else f"{size} bytes"
