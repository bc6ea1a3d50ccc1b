"""The layers of an image in the store become one tree, each checked against the image's own
configuration."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from nuages.build.bases.errors import LAYER_BROKEN, LAYER_TOO_LARGE
from nuages.build.bases.trees.unpack import Limits, Unpacker
from nuages.build.oci.blobs import Blobs
from nuages.core.errors import NuagesError
from nuages.core.oci import Layer, OciImage

_CHUNK = 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# What a tar is larger than its files: a header and less than a block for each, and the end.
_OVERHEAD = 4096


def unpack_image(image: OciImage, blobs: Blobs, root: Path, limits: Limits | None = None) -> None:
    """Lay all layers of `image` over each other at `root`.

    Raises build.E067 (also where a layer is not what its diff id says), E068, E080 and E081; what
    is at `root` then is worth nothing.
    """
    bounds = limits or Limits()
    unpacker = Unpacker(root, bounds)
    for number, layer in enumerate(image.layers, 1):
        name = f"Layer {number} of {len(image.layers)} ({layer.content.digest[:19]})"
        _lay(layer, blobs, unpacker, bounds, name)
    root.mkdir(parents=True, exist_ok=True)
    unpacker.finish()


def _lay(layer: Layer, blobs: Blobs, unpacker: Unpacker, limits: Limits, name: str) -> None:
    compressed = _Chunks(blobs.chunks(layer.content))
    most = limits.size + limits.entries * _OVERHEAD
    plain = _Counted(_decompressed(compressed), most, name)
    stream = io.BufferedReader(plain, _CHUNK)
    unpacker.lay(cast("BinaryIO", stream), name)
    # To the end, behind that of the tar: only then are the digests those of all.
    try:
        while stream.read(_CHUNK):
            pass
        while compressed.read(_CHUNK):
            pass
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise NuagesError(LAYER_BROKEN, f"{name} ends too early: {error}") from error
    found = f"sha256:{plain.digest.hexdigest()}"
    if found != layer.diff_id:
        message = f"{name} unpacks to {found}, and its image says {layer.diff_id}"
        raise NuagesError(LAYER_BROKEN, message)


def _decompressed(compressed: _Chunks) -> io.RawIOBase | io.BufferedIOBase:
    """By the first bytes, because media types differ between makers."""
    buffered = io.BufferedReader(compressed, _CHUNK)
    head = buffered.peek(4)[:4]
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=buffered)
    if head == _ZSTD:
        reader = zstandard.ZstdDecompressor().stream_reader(buffered, read_across_frames=True)
        return cast("io.RawIOBase", reader)
    return buffered


class _Chunks(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    # `io.RawIOBase` has a type that nobody can write.
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Counted(io.RawIOBase):
    """A stream that takes the digest of what is read, and ends at a limit."""

    def __init__(self, inner: io.RawIOBase | io.BufferedIOBase, most: int, name: str) -> None:
        self._inner = inner
        self._left = most
        self._name = name
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    # `io.RawIOBase` has a type that nobody can write.
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer)) or b""
        self._left -= len(data)
        if self._left < 0:
            raise NuagesError(LAYER_TOO_LARGE, f"{self._name} does not end")
        self.digest.update(data)
        buffer[: len(data)] = data
        return len(data)
