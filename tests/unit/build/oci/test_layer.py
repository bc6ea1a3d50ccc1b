"""Layers: the same bytes for the same content, and readable by everybody."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.oci.entries import Entry, Kind, file_entry, in_order, tree_entries
from nuages.build.oci.layer import LayerStore, make_layer
from nuages.core.oci import Layer

LONG = "a" * 90 + "/" + "b" * 120 + ".py"


def make_tree(top: Path, names: list[str]) -> Path:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (top / "bin").mkdir(exist_ok=True)
    (top / "bin" / "run").write_text("#!/bin/sh\n")
    (top / "bin" / "run").chmod(0o700)
    (top / "link").symlink_to("bin/run")
    return top


def members(blobs: Blobs, layer: Layer) -> dict[str, tarfile.TarInfo]:
    data = gzip.decompress(blobs.read(layer.content))
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == layer.diff_id
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {info.name: info for info in archive}


def test_times_owners_masks_and_order_of_a_tree_do_not_matter(tmp_path: Path) -> None:
    names = ["manage.py", "polls/été.py", LONG, "polls/views.py"]
    one = make_tree(tmp_path / "one", names)
    two = make_tree(tmp_path / "two", names[::-1])
    os.utime(two / "manage.py", (1, 1))
    (two / "manage.py").chmod(0o600)
    (two / "polls").chmod(0o700)
    blobs = Blobs(tmp_path / "blobs")
    made = [make_layer(blobs, "app", tree_entries(tree, "app"), 0) for tree in (one, two)]
    assert made[0] == made[1]
    later = make_layer(blobs, "app", tree_entries(one, "app"), 1_700_000_000)
    assert later.diff_id != made[0].diff_id


def test_a_layer_holds_what_it_was_made_from(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", ["polls/été.py", LONG])
    blobs = Blobs(tmp_path / "blobs")
    entries = [
        *tree_entries(tree, "srv/app", owner=(1000, 1000)),
        file_entry("etc/passwd", b"app", 0o600),
    ]
    found = members(blobs, make_layer(blobs, "app", entries, 5))
    assert found["srv/app/link"].linkname == "bin/run"
    assert found["srv/app/bin/run"].mode == 0o755
    assert found[f"srv/app/{LONG}"].size == len(LONG)
    assert found["srv/app/polls/été.py"].mode == 0o644
    assert {(m.uid, m.gid) for m in found.values() if m.name.startswith("srv/app")} == {
        (1000, 1000)
    }
    assert {m.mtime for m in found.values()} == {5}
    assert (found["srv"].uid, found["srv"].mode, found["srv"].isdir()) == (0, 0o755, True)
    assert (found["etc/passwd"].mode, found["etc/passwd"].size) == (0o600, 3)
    assert list(found) == sorted(found), "a folder comes before what is in it"


def test_content_of_several_pieces_is_whole(tmp_path: Path) -> None:
    data = os.urandom(3_500_000)
    big = tmp_path / "big"
    big.write_bytes(data)
    blobs = Blobs(tmp_path / "blobs")
    layer = make_layer(blobs, "app", [Entry("big", Kind.FILE, 0o644, big)], 0)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blobs.read(layer.content)))) as archive:
        stream = archive.extractfile("big")
        assert stream is not None
        assert stream.read() == data


def test_the_later_of_two_entries_with_one_path_counts() -> None:
    [entry] = in_order([file_entry("a", b"1"), file_entry("a", b"2")])
    assert entry.content == b"2"


def test_what_is_not_wanted_is_left_out_with_all_below_it(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", ["keep.py", "test/drop.py"])
    os.mkfifo(tree / "fifo")
    paths = {entry.path for entry in tree_entries(tree, "p", wanted=lambda path: path != "test")}
    assert paths == {"p", "p/keep.py", "p/bin", "p/bin/run", "p/link"}


def test_a_layer_is_made_once_for_each_key(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    store = LayerStore(blobs, tmp_path / "records")
    asked: list[str] = []

    def entries() -> list[Entry]:
        asked.append("asked")
        return [file_entry("a", str(len(asked)).encode())]

    first = store.ensure("app", "1", entries)
    assert store.ensure("app", "1", entries) == first
    assert asked == ["asked"]
    assert store.ensure("app", "2", entries) != first
    assert LayerStore(blobs, tmp_path / "records", 7).ensure("app", "1", entries) != first
    assert len(asked) == 3


@pytest.mark.parametrize("record", ["", "[1]", "{}", "null"])
def test_a_layer_whose_content_or_record_is_lost_is_made_again(tmp_path: Path, record: str) -> None:
    blobs = Blobs(tmp_path / "blobs")
    store = LayerStore(blobs, tmp_path / "records")
    first = store.ensure("app", "1", lambda: [file_entry("a", b"1")])
    blobs.remove(first.content.digest)
    assert store.ensure("app", "1", lambda: [file_entry("a", b"1")]) == first
    assert blobs.has(first.content)
    [file] = (tmp_path / "records").iterdir()
    file.write_text(record)
    assert store.ensure("app", "1", lambda: [file_entry("a", b"1")]) == first
    store.keep_only(set())
    assert list((tmp_path / "records").iterdir()) == []


def test_these_bytes_are_pinned(tmp_path: Path) -> None:
    """Another digest here means that every layer of every image is another one from now on:
    then FORMAT has to be raised."""
    text = b"".join(b"line %d of a file\n" % number for number in range(100_000))
    layer = make_layer(Blobs(tmp_path), "app", [file_entry("app/text", text)], 0)
    assert layer.content.digest == (
        "sha256:39beee9ef5968244e18e3b2c18890568de4a1205a6dd6a93c561b1988408e1d0"
    )
