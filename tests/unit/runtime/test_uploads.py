"""Uploads that a source brings along."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages_runtime.overlay.uploads import copy_missing


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "faces").mkdir(parents=True)
    (folder / "faces" / "a.png").write_text("a")
    (folder / "b.png").write_text("b")
    return folder


def test_what_is_missing_is_copied_and_nothing_is_overwritten(source, tmp_path) -> None:
    target = tmp_path / "data" / "media"
    target.mkdir(parents=True)
    (target / "b.png").write_text("a user's")

    assert copy_missing(str(source), str(target)) == 1

    assert (target / "faces" / "a.png").read_text() == "a"
    assert (target / "b.png").read_text() == "a user's"
    assert copy_missing(str(source), str(target)) == 0


def test_links_and_hidden_files_stay_where_they_are(source, tmp_path) -> None:
    (source / "c.png").symlink_to("/etc/passwd")
    (source / ".gitignore").write_text("*")
    (source / ".hidden").mkdir()
    (source / ".hidden" / "d.png").write_text("d")

    assert copy_missing(str(source), str(tmp_path / "target")) == 2


def test_a_folder_with_code_is_no_folder_of_uploads(source, tmp_path) -> None:
    (source / "faces" / "settings.py").write_text("")

    assert copy_missing(str(source), str(tmp_path / "target")) == 0
    assert not (tmp_path / "target").exists()


def test_what_cannot_be_copied_is_told(source, tmp_path, capsys) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "faces").write_text("no folder")

    assert copy_missing(str(source), str(tmp_path / "target")) == 1
    assert "faces/a.png cannot be copied: " in capsys.readouterr().out
