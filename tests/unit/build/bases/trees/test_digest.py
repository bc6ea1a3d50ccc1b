"""The digest of a tree is that of what it holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nuages.build.bases.trees.digest import tree_digest


def make(root: Path) -> Path:
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/tool").write_text("tool")
    (root / "usr/bin/tool").chmod(0o755)
    (root / "bin").symlink_to("usr/bin")
    (root / "etc").mkdir()
    (root / "etc/empty").touch()
    return root


def test_the_same_tree_has_the_same_digest_whenever_it_was_written(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    os.utime(second / "usr/bin/tool", (1, 1))
    assert tree_digest(first) == tree_digest(second)
    assert tree_digest(first).startswith("sha256:")


@pytest.mark.parametrize("change", ["mode", "content", "target", "name", "more", "less", "kind"])
def test_each_difference_is_another_digest(tmp_path: Path, change: str) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    if change == "mode":
        (second / "usr/bin/tool").chmod(0o644)
    elif change == "content":
        (second / "usr/bin/tool").write_text("took")
    elif change == "target":
        (second / "bin").unlink()
        (second / "bin").symlink_to("usr/sbin")
    elif change == "name":
        (second / "etc/empty").rename(second / "etc/Empty")
    elif change == "more":
        (second / "etc/folder").mkdir()
    elif change == "less":
        (second / "etc/empty").unlink()
    else:
        (second / "etc/empty").unlink()
        (second / "etc/empty").mkdir()
    assert tree_digest(first) != tree_digest(second)


def test_pipes_do_not_count_and_are_not_opened(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    os.mkfifo(second / "etc/pipe")
    assert tree_digest(first) == tree_digest(second)


def test_names_that_are_no_text_are_counted(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")
    (first / "etc" / os.fsdecode(b"\xff")).mkdir()
    (second / "etc" / os.fsdecode(b"\xfe")).mkdir()
    assert tree_digest(first) != tree_digest(second)
