"""Directories are published whole, make way when damaged, and go in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.system.files import discard_tree, publish_directory


def made(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "file").write_text(text)
    return folder


def is_good(folder: Path) -> bool:
    return (folder / "file").read_text() != "damaged"


@pytest.mark.parametrize(("there", "kept"), [("first", "first"), ("damaged", "new")])
def test_what_is_there_stays_where_it_is_whole(tmp_path: Path, there: str, kept: str) -> None:
    final = made(tmp_path, "final", there)
    publish_directory(made(tmp_path, ".new.tmp", "new"), final, is_good)
    assert (final / "file").read_text() == kept
    assert list(tmp_path.iterdir()) == [final]


def test_a_published_directory_goes_by_a_rename(tmp_path: Path, monkeypatch) -> None:
    final = made(tmp_path, "final", "x")

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        discard_tree(final)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    assert left.name.endswith(".tmp")


def test_what_is_absent_is_discarded_already(tmp_path: Path) -> None:
    discard_tree(tmp_path / "nothing")
