"""The store of image content: files named by the SHA-256 of their bytes, as the `blobs` folder of
an OCI image layout has them.

A file gets its name when all of it is on the disk, so what is there is whole; its digest is checked
again as it is read, because disks fail.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from nuages.build.oci.errors import BLOB_DAMAGED, BLOB_MISSING
from nuages.core.errors import NuagesError
from nuages.core.oci import Descriptor, OciImage
from nuages.system.files import sync_directory

_CHUNK = 1024 * 1024
TEMPORARY = ".tmp"


class Blobs:
    """Content below `folder`/sha256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "sha256"

    def path(self, digest: str) -> Path:
        """Where content of that digest lies, whether or not it is there."""
        return self._folder / digest.removeprefix("sha256:")

    def has(self, content: Descriptor) -> bool:
        """Whether it is there, with the size that it should have."""
        try:
            return self.path(content.digest).stat().st_size == content.size
        except FileNotFoundError:
            return False

    def have_all(self, image: OciImage) -> bool:
        """Whether everything of an image is there."""
        return all(self.has(each) for each in (image.manifest, *image.contents()))

    def writer(self) -> BlobWriter:
        """A file for new content: write to it, then `finish` it; without that nothing stays."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return BlobWriter(self._folder)

    def add(self, media_type: str, data: bytes) -> Descriptor:
        """Keep `data`."""
        known = Descriptor(media_type, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        if not self.has(known):
            with self.writer() as writer:
                writer.write(data)
                writer.finish()
        return known

    def read(self, content: Descriptor) -> bytes:
        """All of it. Raises build.E080 and E081."""
        return b"".join(self.chunks(content))

    def chunks(self, content: Descriptor) -> Iterator[bytes]:
        """It, in pieces of a megabyte; the digest is checked before the last is given out, so
        whoever has had all of them has had the right ones. Raises build.E080 and E081."""
        digest, size, held = hashlib.sha256(), 0, b""
        with self._open(content) as stream:
            while chunk := stream.read(_CHUNK):
                if held:
                    yield held
                digest.update(chunk)
                size += len(chunk)
                held = chunk
        if (f"sha256:{digest.hexdigest()}", size) != (content.digest, content.size):
            self._set_aside(content)
            message = f"{content.digest} has {size} bytes that are not those of its digest"
            raise NuagesError(BLOB_DAMAGED, message)
        yield held

    def digests(self) -> list[str]:
        """The digests of all that is there."""
        if not self._folder.is_dir():
            return []
        names = (entry.name for entry in os.scandir(self._folder))
        return [f"sha256:{name}" for name in names if not name.endswith(TEMPORARY)]

    def remove(self, digest: str) -> None:
        """Forget content; absent is fine."""
        self.path(digest).unlink(missing_ok=True)

    def remove_unfinished(self) -> None:
        """Remove what writers that were killed left behind; nobody may be writing."""
        for file in self._folder.glob(f"*{TEMPORARY}"):
            file.unlink(missing_ok=True)

    def _open(self, content: Descriptor) -> BinaryIO:
        try:
            return self.path(content.digest).open("rb")
        except FileNotFoundError:
            message = f"{content.digest} ({content.size} bytes) is not there"
            raise NuagesError(BLOB_MISSING, message) from None

    def _set_aside(self, content: Descriptor) -> None:
        """Nobody finds it any more; a build makes it again."""
        self.path(content.digest).unlink(missing_ok=True)


class BlobWriter:
    """New content on its way into the store."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{secrets.token_hex(8)}{TEMPORARY}"
        self._stream = self._path.open("xb")
        self._digest = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Go on with `data`."""
        self._stream.write(data)
        self._digest.update(data)
        self._size += len(data)

    def finish(self, expected: str = "") -> tuple[str, int]:
        """Give the content its name; the digest and the size. Raises build.E080 where it is not
        the `expected` digest, and keeps nothing."""
        digest = f"sha256:{self._digest.hexdigest()}"
        if expected and digest != expected:
            message = f"{self._size} bytes were to be {expected} and are {digest}"
            raise NuagesError(BLOB_DAMAGED, message)
        self._stream.flush()
        os.fchmod(self._stream.fileno(), 0o644)
        os.fsync(self._stream.fileno())
        final = self._path.with_name(digest.removeprefix("sha256:"))
        self._path.replace(final)
        sync_directory(final.parent)
        return digest, self._size
