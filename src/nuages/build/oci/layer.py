"""Entries become a layer: a tar that is the same wherever and whenever it is made, compressed.

Compressed is by libdeflate, of one version that is pinned with us: the gzip format leaves its
encoder free, and Python's own is another one on every system. Each piece of a megabyte is a member
of the gzip file of its own, so that several can be made at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from nuages.build.oci.blobs import Blobs, BlobWriter
from nuages.build.oci.entries import Entry, Kind, in_order
from nuages.core.oci import LAYER_GZIP, Descriptor, Layer
from nuages.system.files import write_atomic

# What gzip's own default is; libdeflate's is smaller at three times the speed.
_LEVEL = 6
_PIECE = 1024 * 1024
# Raised when the same entries become other bytes.
FORMAT = 1
_TYPES = {Kind.FOLDER: tarfile.DIRTYPE, Kind.FILE: tarfile.REGTYPE, Kind.LINK: tarfile.SYMTYPE}


class LayerStore:
    """Layers in a content store, found again by what they were made from.

    `epoch` is the time of everything in them, in seconds since 1970
    (https://reproducible-builds.org/specs/source-date-epoch/).
    """

    def __init__(self, blobs: Blobs, records: Path, epoch: int = 0) -> None:
        self._blobs = blobs
        self._records = records
        self._epoch = epoch

    def ensure(self, holds: str, key: str, entries: Callable[[], Iterable[Entry]]) -> Layer:
        """The layer that holds this, made from its `entries` unless one with that `key` was made
        before. `key` names everything that decides the entries."""
        known = hashlib.sha256(json.dumps([FORMAT, self._epoch, holds, key]).encode()).hexdigest()
        record = self._records / known
        found = _read_record(record)
        if found is not None and self._blobs.has(found.content):
            return found
        layer = make_layer(self._blobs, holds, entries(), self._epoch)
        self._records.mkdir(parents=True, exist_ok=True)
        content = layer.content
        row = [content.media_type, content.digest, content.size, layer.diff_id, layer.holds]
        write_atomic(record, json.dumps(row))
        return layer

    def keep_only(self, digests: set[str]) -> None:
        """Forget the records of layers whose content is none of `digests`."""
        for record in list(self._records.glob("*")):
            layer = _read_record(record)
            if layer is None or layer.content.digest not in digests:
                record.unlink(missing_ok=True)


def make_layer(blobs: Blobs, holds: str, entries: Iterable[Entry], epoch: int) -> Layer:
    """Put the layer of these entries into the store."""
    digest = hashlib.sha256()
    with blobs.writer() as writer, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        under_way: deque[Future[bytes]] = deque()
        for piece in _pieces(_tar(in_order(entries), epoch)):
            digest.update(piece)
            under_way.append(pool.submit(_compress, piece))
            _write_done(under_way, writer, most=2 * (os.cpu_count() or 1))
        _write_done(under_way, writer, most=0)
        name, size = writer.finish()
    return Layer(Descriptor(LAYER_GZIP, name, size), f"sha256:{digest.hexdigest()}", holds)


def _write_done(under_way: deque[Future[bytes]], writer: BlobWriter, most: int) -> None:
    while len(under_way) > most:
        writer.write(under_way.popleft().result())


def _compress(piece: bytes) -> bytes:
    # Not needed where nothing is built.
    import deflate  # noqa: PLC0415

    return bytes(deflate.gzip_compress(piece, _LEVEL))


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size, so that a compressor makes the same of them."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= _PIECE:
            yield bytes(held[:_PIECE])
            del held[:_PIECE]
    yield bytes(held)


def _tar(entries: Iterable[Entry], epoch: int) -> Iterator[bytes]:
    for entry in entries:
        if entry.source is None:
            yield _header(entry, epoch, len(entry.content))
            yield entry.content
            yield _padding(len(entry.content))
            continue
        with entry.source.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            yield _header(entry, epoch, size)
            left = size
            while left:
                part = stream.read(min(left, _PIECE))
                if not part:
                    raise OSError(f"{entry.source} became shorter while it was read")
                left -= len(part)
                yield part
        yield _padding(size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(entry: Entry, epoch: int, size: int) -> bytes:
    info = tarfile.TarInfo(entry.path)
    info.type = _TYPES[entry.kind]
    info.mode = entry.mode
    info.uid, info.gid = entry.owner
    info.mtime = epoch
    info.size = size if entry.kind is Kind.FILE else 0
    info.linkname = entry.target
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _read_record(path: Path) -> Layer | None:
    try:
        media_type, digest, size, diff_id, holds = json.loads(path.read_text())
    except (OSError, ValueError, TypeError):
        return None
    return Layer(Descriptor(media_type, digest, size), diff_id, holds)
