"""A tree that somebody changes while it is read leads nowhere else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.source import errors
from nuages.source.descend import opened_folder
from nuages.source.directory import read_directory
from nuages.source.scan import scan_folder
from nuages.source.store import Former, build_tree
from tests.conftest import as_nobody


def taken(folder: Path, store: Path, change) -> str:
    """The code of the error where `change` happens between looking and copying."""
    scan = scan_folder(folder)
    change()
    with pytest.raises(NuagesError) as caught:
        build_tree(folder, store, scan, Former())
    assert not list(store.iterdir())
    return caught.value.code.code


def test_a_folder_that_becomes_a_link_is_not_followed(project, store, tmp_path) -> None:
    folder = project({"a/b/id": "mine"})
    secret = tmp_path / "secret"
    (secret / "b").mkdir(parents=True)
    (secret / "b/id").write_text("root")

    def change() -> None:
        shutil.rmtree(folder / "a")
        (folder / "a").symlink_to(secret)

    assert taken(folder, store, change) == errors.CHANGING.code


def test_a_folder_above_the_project_that_becomes_a_link_is_not_followed(project, tmp_path) -> None:
    folder = project({"a": "x"})
    tmp_path.rename(tmp_path.with_name("moved"))
    tmp_path.symlink_to(tmp_path.with_name("moved"))
    try:
        with pytest.raises(NuagesError) as caught, opened_folder(folder):
            pass
        assert caught.value.code == errors.CHANGING
    finally:
        tmp_path.unlink()
        tmp_path.with_name("moved").rename(tmp_path)


@pytest.mark.parametrize("how", ["longer", "replaced", "a pipe"])
def test_a_file_that_is_not_what_was_found_is_refused(project, store, how: str) -> None:
    folder = project({"a": "x", "other": "y"})

    def change() -> None:
        if how == "longer":
            (folder / "a").write_text("xyz")
        elif how == "replaced":
            (folder / "other").replace(folder / "a")
        else:
            (folder / "a").unlink()
            os.mkfifo(folder / "a")

    assert taken(folder, store, change) == errors.CHANGING.code


def test_files_of_many_folders_are_found_again(project, store) -> None:
    files = {"a/b/c": "1", "a/b2/c": "2", "a/d": "3", "e": "4", "f/g/h": "5"}
    folder = project(files)
    path, _ = build_tree(folder, store, scan_folder(folder), Former())
    assert {name: (path / name).read_text() for name in files} == files


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder whose `inside` can be listed, and nothing in it looked at."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    (folder / "inside").mkdir()
    (folder / "inside/file").touch()
    (folder / "inside").chmod(0o444)
    folder.chmod(0o755)
    yield folder
    (folder / "inside").chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_is_closed_is_said(closed: Path) -> None:
    closed.chmod(0)
    with as_nobody(), pytest.raises(NuagesError, match="cannot be read") as caught:
        read_directory(closed, closed / "scratch")
    assert caught.value.code == errors.UNREADABLE


def test_a_folder_that_can_only_be_listed_is_named(closed: Path) -> None:
    with as_nobody(), pytest.raises(NuagesError, match="inside/file cannot be read") as caught:
        scan_folder(closed)
    assert caught.value.code == errors.UNREADABLE
