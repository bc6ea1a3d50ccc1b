"""A project becomes the zip to upload."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.pipeline.errors import PACK_FAILED
from nuages.pipeline.pack import pack_project
from nuages.source.take import take_for_now


def test_what_belongs_to_the_source_is_packed_and_the_rest_is_said(project, tmp_path) -> None:
    packed = pack_project(project, tmp_path / "p.zip")
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.namelist() == [
            "Procfile", "manage.py", "mysite/__init__.py", "mysite/settings.py",
            "mysite/wsgi.py", "requirements.txt",
        ]  # fmt: skip
    assert (packed.files, [left.path for left in packed.left_out]) == (6, [".env"])
    assert packed.size == packed.path.stat().st_size


def test_the_same_files_give_the_same_bytes(project, tmp_path) -> None:
    first = pack_project(project, tmp_path / "a.zip").path.read_bytes()
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert pack_project(project, tmp_path / "b.zip").path.read_bytes() == first


def test_the_commit_is_noted(project, tmp_path) -> None:
    (project / ".git").mkdir()
    (project / ".git/HEAD").write_text("4" * 40)
    packed = pack_project(project, tmp_path / "p.zip")
    assert take_for_now(packed.path, tmp_path / "store").commit == "4" * 40


def test_links_and_x_bits_survive(project, tmp_path) -> None:
    (project / "manage.py").chmod(0o755)
    (project / "link").symlink_to("manage.py")
    packed = pack_project(project, tmp_path / "p.zip")
    source = take_for_now(packed.path, tmp_path / "store")
    assert source.digest == packed.digest
    assert (source.path / "link").readlink() == Path("manage.py")
    assert os.access(source.path / "manage.py", os.X_OK)


def test_the_name_is_the_projects_by_default(project, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert pack_project(project).path == Path("polls.zip")


def test_a_former_archive_in_the_project_is_not_packed(project, monkeypatch) -> None:
    monkeypatch.chdir(project)
    first = pack_project(Path())
    assert pack_project(Path()).digest == first.digest


def test_a_place_that_cannot_be_written_is_said_and_left_as_it_was(project, tmp_path) -> None:
    with pytest.raises(NuagesError, match="no-such-folder") as caught:
        pack_project(project, tmp_path / "no-such-folder" / "p.zip")
    assert caught.value.code == PACK_FAILED
    assert not (tmp_path / "no-such-folder").exists()


def test_an_archive_is_written_whole_or_not_at_all(project, tmp_path, monkeypatch) -> None:
    target = tmp_path / "p.zip"
    target.write_bytes(b"former")

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "open", full)
    with pytest.raises(NuagesError, match="the disk is full"):
        pack_project(project, target)
    assert target.read_bytes() == b"former"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.zip", "polls"]


def test_a_name_that_no_zip_can_hold_is_shown(project, tmp_path) -> None:
    (project / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    with pytest.raises(NuagesError, match=r"caf\\xe9\.txt") as caught:
        pack_project(project, tmp_path / "p.zip")
    assert caught.value.code is PACK_FAILED
    assert not (tmp_path / "p.zip").exists()
