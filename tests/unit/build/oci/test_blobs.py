"""Content by digest: whole or absent, and checked when it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nuages.build.oci.blobs import TEMPORARY, Blobs
from nuages.build.oci.errors import BLOB_DAMAGED, BLOB_MISSING
from nuages.core.errors import NuagesError
from nuages.core.oci import LAYER_GZIP, Descriptor


def test_what_was_added_is_read_by_its_digest(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    content = blobs.add(LAYER_GZIP, b"layer")
    assert content.digest == f"sha256:{hashlib.sha256(b'layer').hexdigest()}"
    assert (content.size, blobs.read(content)) == (5, b"layer")
    assert (tmp_path / "sha256" / content.hex).read_bytes() == b"layer"


def test_content_of_several_chunks_is_read_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    blobs = Blobs(tmp_path)
    assert blobs.read(blobs.add(LAYER_GZIP, data)) == data
    assert blobs.read(blobs.add(LAYER_GZIP, b"")) == b""


def test_what_a_writer_does_not_finish_leaves_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with blobs.writer() as writer:
        writer.write(b"half")
    assert list((tmp_path / "sha256").iterdir()) == []


def test_content_that_is_not_what_was_expected_is_not_kept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with blobs.writer() as writer:
        writer.write(b"other")
        with pytest.raises(NuagesError) as raised:
            writer.finish(expected="sha256:" + "0" * 64)
    assert raised.value.code is BLOB_DAMAGED
    assert blobs.digests() == []


@pytest.mark.parametrize("damage", [b"lAyer", b"lay", b"layer and more", b""])
def test_damaged_content_is_refused_and_not_found_again(tmp_path: Path, damage: bytes) -> None:
    blobs = Blobs(tmp_path)
    content = blobs.add(LAYER_GZIP, b"layer")
    blobs.path(content.digest).write_bytes(damage)
    with pytest.raises(NuagesError) as raised:
        blobs.read(content)
    assert raised.value.code is BLOB_DAMAGED
    assert not blobs.has(content)


def test_absent_content_is_named(tmp_path: Path) -> None:
    content = Descriptor(LAYER_GZIP, "sha256:" + "0" * 64, 7)
    with pytest.raises(NuagesError) as raised:
        Blobs(tmp_path).read(content)
    assert raised.value.code is BLOB_MISSING
    assert content.digest in raised.value.message


def test_what_a_killed_writer_left_behind_is_removed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    content = blobs.add(LAYER_GZIP, b"layer")
    left = tmp_path / "sha256" / f"0123456789abcdef{TEMPORARY}"
    left.write_bytes(b"half")
    blobs.remove_unfinished()
    assert not left.exists()
    assert blobs.digests() == [content.digest]
