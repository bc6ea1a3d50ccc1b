"""A store of bases is whole at any time."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

from nuages.build.bases.store import RECORD, BaseStore, copy_tree
from nuages.build.bases.trees.digest import tree_digest
from nuages.core.base import Base, BasePython, SystemPackage

KEY = "debian@12-0123456789abcdef"


def make(store: BaseStore, key: str = KEY, content: str = "1") -> Base:
    with store.making(key) as folder:
        root = folder / "root"
        (root / "etc").mkdir(parents=True)
        (root / "etc/file").write_text(content)
        (root / "link").symlink_to("etc/file")
        (root / "tmp").mkdir()
        (root / "tmp").chmod(0o1777)
        base = Base(
            "debian@12",
            tree_digest(root),
            root,
            BasePython("/usr/bin/python3.11", "3.11.2"),
            (SystemPackage("libc6", "2.36-9", "glibc", "amd64", ("LGPL-2.1+",)),),
            ("libpq5",),
            "amd64",
            "x86_64-linux-gnu",
            "2.36",
        )
        return store.publish(key, base)


def test_what_was_made_is_found_by_its_key_and_by_its_digest(tmp_path: Path) -> None:
    store = BaseStore(tmp_path / "bases")
    base = make(store)
    assert store.find(KEY) == store.get(base.digest) == base
    assert base.root == tmp_path / "bases" / base.hex / "root"
    assert (base.root / "etc/file").read_text() == "1"
    assert store.digests() == [base.digest]
    assert store.find("debian@13-0") is None


def test_a_key_stands_for_what_was_made_last(tmp_path: Path) -> None:
    store = BaseStore(tmp_path)
    first, second = make(store), make(store, content="2")
    assert store.find(KEY) == second != first
    assert store.get(first.digest) == first
    store.remove(second.digest)
    assert store.find(KEY) is None


def test_a_reference_of_an_image_is_a_key_too(tmp_path: Path) -> None:
    store = BaseStore(tmp_path)
    key = "registry.example/a/b:1@sha256:" + "0" * 64
    assert make(store, key) == store.find(key)


def test_what_is_not_published_leaves_nothing(tmp_path: Path) -> None:
    store = BaseStore(tmp_path)
    with store.making(KEY) as folder:
        (folder / "root").mkdir()
    assert store.digests() == []
    assert not folder.exists()


def test_what_one_that_was_killed_left_is_removed(tmp_path: Path) -> None:
    store = BaseStore(tmp_path)
    with store.making("debian@12-dead") as left:
        pass
    (left / "root").mkdir(parents=True)
    make(store)
    assert not left.exists()


def test_a_record_that_is_damaged_is_none(tmp_path: Path) -> None:
    store = BaseStore(tmp_path)
    base = make(store)
    (tmp_path / base.hex / RECORD).write_text('{"name": "debian@12"}')
    assert store.find(KEY) is None
    assert make(store) == store.find(KEY)


def test_whoever_waits_for_another_one_says_so(tmp_path: Path) -> None:
    told, done = threading.Event(), threading.Event()

    def wait() -> None:
        with BaseStore(tmp_path).making(KEY, told.set):
            done.set()

    with BaseStore(tmp_path).making(KEY):
        thread = threading.Thread(target=wait)
        thread.start()
        assert told.wait(30)
        assert not done.is_set()
    thread.join(30)
    assert done.is_set()


def test_two_at_once_make_one(tmp_path: Path) -> None:
    made: list[str] = []

    def ensure() -> None:
        store = BaseStore(tmp_path)
        with store.making(KEY):
            found = store.find(KEY)
        if found is None:
            made.append(make(store).digest)

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(BaseStore(tmp_path).digests()) == 1
    assert len(set(made)) == 1


def test_a_base_of_another_store_shares_its_files(tmp_path: Path) -> None:
    shared, own = BaseStore(tmp_path / "shared"), BaseStore(tmp_path / "own")
    base = make(shared)
    adopted = own.adopt(KEY, base)
    assert adopted == replace(base, root=adopted.root)
    assert own.find(KEY) == own.adopt(KEY, base) == adopted
    assert (adopted.root / "etc/file").samefile(base.root / "etc/file")
    assert tree_digest(adopted.root) == base.digest


def test_a_copy_has_the_same_modes_under_any_umask(tmp_path: Path) -> None:
    base = make(BaseStore(tmp_path / "store"))
    before = os.umask(0o077)
    try:
        copy_tree(base.root, tmp_path / "copy")
    finally:
        os.umask(before)
    assert tree_digest(tmp_path / "copy") == base.digest


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not BaseStore(tmp_path / "file/bases").open()
    assert BaseStore(tmp_path / "bases").open()
    assert (tmp_path / "bases").stat().st_mode & 0o777 == 0o700
