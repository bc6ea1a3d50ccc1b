"""The layers of an image as one tree."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from nuages.build.bases.errors import LAYER_BROKEN, LAYER_TOO_LARGE
from nuages.build.bases.image import unpack_image
from nuages.build.bases.trees.unpack import Limits
from nuages.build.oci.blobs import Blobs
from nuages.build.oci.errors import BLOB_DAMAGED, BLOB_MISSING
from nuages.core.errors import NuagesError
from nuages.core.oci import CONFIG, LAYER_GZIP, MANIFEST, Layer, OciImage

Compress = Callable[[bytes], bytes]
ZSTD: Compress = zstandard.ZstdCompressor().compress


def tar_of(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def image_of(blobs: Blobs, *layers: tuple[bytes, bytes]) -> OciImage:
    """An image of layers (what is stored, the tar that it says to be)."""
    made = tuple(
        Layer(blobs.add(LAYER_GZIP, stored), digest(plain), "base") for stored, plain in layers
    )
    return OciImage(blobs.add(MANIFEST, b"{}"), blobs.add(CONFIG, b"{}"), made)


@pytest.mark.parametrize("compress", [gzip.compress, ZSTD, bytes])
def test_layers_of_each_compression_are_laid_over_each_other(
    tmp_path: Path, compress: Compress
) -> None:
    blobs = Blobs(tmp_path / "blobs")
    first, second = tar_of(a=b"1" * 3_000_000, b=b"1"), tar_of(b=b"2")
    unpack_image(
        image_of(blobs, (compress(first), first), (gzip.compress(second), second)),
        blobs,
        tmp_path / "root",
    )
    assert (tmp_path / "root/b").read_bytes() == b"2"
    assert (tmp_path / "root/a").stat().st_size == 3_000_000


def test_an_image_without_layers_is_an_empty_tree(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    unpack_image(image_of(blobs), blobs, tmp_path / "root")
    assert list((tmp_path / "root").iterdir()) == []


def test_a_layer_that_is_not_what_the_image_says_is_refused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    plain = tar_of(a=b"1")
    image = image_of(blobs, (gzip.compress(plain), tar_of(a=b"2")))
    with pytest.raises(NuagesError, match="its image says") as caught:
        unpack_image(image, blobs, tmp_path / "root")
    assert caught.value.code is LAYER_BROKEN


@pytest.mark.parametrize("compress", [gzip.compress, ZSTD])
def test_a_layer_that_ends_too_early_is_refused(tmp_path: Path, compress: Compress) -> None:
    blobs = Blobs(tmp_path / "blobs")
    plain = tar_of(a=bytes(range(256)) * 1000)
    stored = compress(plain)
    with pytest.raises(NuagesError) as caught:
        unpack_image(image_of(blobs, (stored[:-20], plain)), blobs, tmp_path / "root")
    assert caught.value.code is LAYER_BROKEN


def test_content_that_the_disk_changed_is_found(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    plain = tar_of(a=b"1")
    image = image_of(blobs, (plain, plain))
    path = blobs.path(image.layers[0].content.digest)
    path.write_bytes(plain[:-1] + b"x")
    with pytest.raises(NuagesError) as caught:
        unpack_image(image, blobs, tmp_path / "root")
    assert caught.value.code is BLOB_DAMAGED
    path.unlink(missing_ok=True)
    with pytest.raises(NuagesError) as caught:
        unpack_image(image, blobs, tmp_path / "root")
    assert caught.value.code is BLOB_MISSING


def test_a_few_bytes_cannot_fill_the_disk(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    # After its end a tar may hold anything; nobody looks at it but who takes the digest.
    plain = tar_of(a=b"1") + b"\0" * 5_000_000
    image = image_of(blobs, (gzip.compress(plain), plain))
    with pytest.raises(NuagesError) as caught:
        unpack_image(image, blobs, tmp_path / "root", Limits(size=1000, entries=10))
    assert caught.value.code is LAYER_TOO_LARGE
