"""Uploads move between where the proxy sees them and where it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nuages.core.home import Home
from nuages.route.media import ensure_media, media_folder, remove_media, serve_media


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "volumes" / "polls").mkdir(parents=True)
    return Home(tmp_path)


def volume(home: Home) -> Path:
    return home.volumes / "polls"


def test_an_environment_without_uploads_gets_a_folder_for_them(home: Home) -> None:
    serve_media(home, "polls", volume(home), public=True)
    assert media_folder(home, "polls", volume(home)) == home.media / "polls"
    assert (volume(home) / "media").is_dir()


@pytest.mark.parametrize("times", [1, 2])
def test_uploads_move_there_and_back(home: Home, times: int) -> None:
    hidden, shown = volume(home) / "media", home.media / "polls"
    hidden.mkdir()
    (hidden / "a.txt").write_text("upload")
    for _ in range(times):
        serve_media(home, "polls", volume(home), public=True)
    assert [path.name for path in shown.iterdir()] == ["a.txt"]
    assert list(hidden.iterdir()) == []
    for _ in range(times):
        serve_media(home, "polls", volume(home), public=False)
    assert not shown.exists()
    assert (hidden / "a.txt").read_text() == "upload"
    assert media_folder(home, "polls", volume(home)) == hidden


def test_it_says_whether_anything_moved(home: Home) -> None:
    (volume(home) / "media").mkdir()
    (volume(home) / "media" / "a.txt").write_text("upload")
    assert serve_media(home, "polls", volume(home), public=True)
    assert not serve_media(home, "polls", volume(home), public=True)


def test_a_folder_that_is_open_stays_the_same_folder(home: Home) -> None:
    serve_media(home, "polls", volume(home), public=True)
    descriptor = os.open(home.media / "polls", os.O_RDONLY)
    try:
        serve_media(home, "polls", volume(home), public=False)
        assert os.fstat(descriptor).st_ino == (volume(home) / "media").stat().st_ino
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("public", [True, False])
def test_leftovers_are_brought_along_and_overwrite_nothing(home: Home, public: bool) -> None:
    hidden, shown = volume(home) / "media", home.media / "polls"
    for folder, text in ((hidden, "late"), (shown, "first")):
        folder.mkdir(parents=True)
        (folder / "both.txt").write_text(text)
        (folder / f"{text}.txt").write_text(text)
    serve_media(home, "polls", volume(home), public=public)
    uploads = shown if public else hidden
    assert {path.name for path in uploads.iterdir()} == {"late.txt", "first.txt", "both.txt"}
    assert (uploads / "both.txt").read_text() == "first"
    kept = [path.read_text() for path in volume(home).rglob("both.txt") if path.parent != uploads]
    assert kept == ["late"]


@pytest.mark.parametrize("public", [True, False])
def test_a_link_in_place_of_the_uploads_is_not_followed(
    home: Home, tmp_path: Path, public: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "key").write_text("secret")
    (volume(home) / "media").symlink_to(elsewhere)
    serve_media(home, "polls", volume(home), public=public)
    assert list(media_folder(home, "polls", volume(home)).iterdir()) == []
    assert not (volume(home) / "media").is_symlink()
    assert (elsewhere / "key").exists()
    assert elsewhere.stat().st_mode & 0o777 == 0o700


def test_a_link_among_what_the_proxy_sees_is_put_aside(home: Home, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home.media.mkdir(parents=True)
    (home.media / "polls").symlink_to(elsewhere)
    assert media_folder(home, "polls", volume(home)) == volume(home) / "media"
    serve_media(home, "polls", volume(home), public=True)
    assert not (home.media / "polls").is_symlink()
    assert [path.name for path in home.media.iterdir()] == ["polls"]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("public", [True, False])
def test_a_folder_that_is_gone_comes_back_where_it_was(home: Home, public: bool) -> None:
    serve_media(home, "polls", volume(home), public=public)
    (volume(home) / "media").rmdir()
    ensure_media(home, "polls", volume(home))
    assert media_folder(home, "polls", volume(home)).is_dir()
    assert (home.media / "polls").exists() is public


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_the_folders_belong_to_who_owns_the_volume(home: Home) -> None:
    os.chown(volume(home), 1_900_000_005, 1_900_000_005)
    serve_media(home, "polls", volume(home), public=True)
    assert (home.media / "polls").stat().st_uid == 1_900_000_005
    assert (volume(home) / "media").stat().st_uid == 1_900_000_005


def test_uploads_that_the_proxy_served_can_be_removed(home: Home) -> None:
    serve_media(home, "polls", volume(home), public=True)
    remove_media(home, "polls")
    remove_media(home, "polls")
    assert not (home.media / "polls").exists()
