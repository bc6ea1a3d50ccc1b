"""The folders and links that the proxy reads, on a real file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.release import Release
from nuages.route import sites


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def release(version: int = 1, static: str = "/static/", media: str = "/media/") -> Release:
    nowhere = Path("/nowhere")
    report = ProbeReport("5.2", "3.11", "s", static_url=static, media_url=media)
    image = Image(
        "sha256:0", nowhere, nowhere, nowhere, None, "d1", None, "3.11", ".", report,
        Blueprint("s", "wsgi", "w", ()),
    )  # fmt: skip
    return Release(EnvironmentName("polls"), version, image, {}, (), ("polls.localhost",))


def links(folder: Path) -> dict[str, str]:
    """Every link below a folder, with what it leads to relative to the proxy's folder."""
    proxy = folder.parent.parent
    return {
        str(path.relative_to(folder)): os.path.relpath(path.parent / path.readlink(), proxy)
        for path in [folder, *folder.rglob("*")]
        if path.is_symlink()
    }


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/static/", "static"),
        ("static/", "static"),
        ("/assets/v1//x/", "assets/v1/x"),
        ("/%C3%A9/", "é"),
        ("/", ""),
        ("https://cdn.example/static/", None),
        ("//cdn.example/static/", None),
        ("", None),
        ("/a/../b/", None),
        ("/%2e%2e/", None),
        ("/a%2Fb/", None),
        ("/static/?v=1", None),
    ],
)
def test_a_url_names_a_folder_or_none(url: str, path: str | None) -> None:
    assert sites.url_path(url) == path


def test_a_release_links_its_static_files_and_the_uploads(home: Home) -> None:
    folder = sites.publish_release(home, release(), media=True)
    assert folder == home.proxy / "releases" / "polls.v1"
    assert links(folder) == {"public/static": "static/d1", "uploads/media": "media/polls"}


def test_nested_urls_lead_to_the_same_places(home: Home) -> None:
    folder = sites.publish_release(home, release(static="/a/b/c/", media="/u/v/"), media=True)
    assert links(folder) == {"public/a/b/c": "static/d1", "uploads/u/v": "media/polls"}


def test_static_files_at_the_root_are_the_folder_itself(home: Home) -> None:
    folder = sites.publish_release(home, release(static="/"), media=False)
    assert links(folder) == {"public": "static/d1"}


def test_what_a_content_delivery_network_serves_is_not_linked(home: Home) -> None:
    folder = sites.publish_release(home, release(static="https://cdn.example/s/"), media=False)
    assert links(folder) == {}


def test_uploads_at_the_root_are_nobodys(home: Home) -> None:
    folder = sites.publish_release(home, release(media="/"), media=True)
    assert not (folder / "uploads").exists()


def test_publishing_again_keeps_the_socket_and_follows_the_uploads(home: Home) -> None:
    folder = sites.publish_release(home, release(), media=False)
    (folder / "web.sock").touch()
    before = (folder / "public").stat().st_ino
    sites.publish_release(home, release(), media=True)
    assert "uploads/media" in links(folder)
    sites.publish_release(home, release(), media=False)
    assert {entry.name for entry in folder.iterdir()} == {"web.sock", "public"}
    assert (folder / "public").stat().st_ino == before


def test_the_traffic_is_switched_and_read_back(home: Home) -> None:
    assert sites.current(home, "polls") is None
    sites.switch(home, "polls", 1)
    sites.switch(home, "polls", 12)
    assert sites.current(home, "polls") == 12
    link = home.proxy / "environments" / "polls"
    assert str(link.readlink()) == "../releases/polls.v12"


def test_host_names_are_exactly_the_ones_that_were_set(home: Home) -> None:
    sites.set_hosts(home, "polls", ["polls.localhost", "a.example"])
    sites.set_hosts(home, "other", ["b.example"])
    sites.set_hosts(home, "polls", ["polls.localhost", "c.example"])
    assert sites.hosts(home, "polls") == ["c.example", "polls.localhost"]
    assert sites.hosts(home, "other") == ["b.example"]


def test_a_host_name_of_another_app_is_not_taken(home: Home) -> None:
    sites.publish_release(home, release(), media=False)
    sites.switch(home, "polls", 1)
    sites.set_hosts(home, "polls", ["a.example"])
    with pytest.raises(NuagesError) as caught:
        sites.set_hosts(home, "other", ["other.localhost", "a.example"])
    assert caught.value.code.code == "route.E004"
    assert sites.hosts(home, "other") == []
    assert sites.hosts(home, "polls") == ["a.example"]


def test_an_environment_has_internal_names_that_are_no_domains(home: Home) -> None:
    sites.set_hosts(home, "polls", ["polls.localhost"])
    found = {path.name for path in (home.proxy / "sites").iterdir()}
    assert found == {"polls.localhost", "polls", "polls.internal"}
    assert sites.hosts(home, "polls") == ["polls.localhost"]


def test_an_internal_name_that_is_somebodys_domain_stays_theirs(home: Home) -> None:
    sites.publish_release(home, release(), media=False)
    sites.switch(home, "polls", 1)
    sites.set_hosts(home, "polls", ["polls.localhost", "intranet"])
    sites.set_hosts(home, "intranet", ["intranet.localhost"])
    assert sites.hosts(home, "polls") == ["intranet", "polls.localhost"]
    assert sites.hosts(home, "intranet") == ["intranet.localhost"]


def test_a_release_with_the_traffic_is_not_removed(home: Home) -> None:
    for version in (1, 2):
        sites.publish_release(home, release(version), media=False)
    sites.switch(home, "polls", 2)
    with pytest.raises(ValueError, match="has the traffic"):
        sites.remove_release(home, "polls", 2)
    sites.remove_release(home, "polls", 1)
    sites.remove_release(home, "polls", 1)
    assert sites.versions(home, "polls") == [2]


def test_a_removed_environment_leaves_nothing_and_others_alone(home: Home) -> None:
    for label in ("polls", "polls-test"):
        (home.proxy / "releases" / f"{label}.v1").mkdir(parents=True)
        sites.switch(home, label, 1)
        sites.set_hosts(home, label, [f"{label}.localhost"])
    sites.remove(home, "polls")
    left = {path.name for path in home.proxy.rglob("*")} - {"sites", "environments", "releases"}
    names = {"polls-test", "polls-test.internal", "polls-test.localhost"}
    assert left == {*names, "polls-test.v1"}


def test_folders_are_open_to_the_proxy_whatever_the_umask(home: Home) -> None:
    before = os.umask(0o077)
    try:
        folder = sites.publish_release(home, release(static="/a/b/"), media=False)
    finally:
        os.umask(before)
    for path in (folder, folder / "public", folder / "public" / "a"):
        assert path.stat().st_mode & 0o777 == 0o755


def test_what_was_half_made_when_somebody_was_killed_is_removed(home: Home) -> None:
    sites.switch(home, "polls", 1)
    (home.proxy / "environments" / ".polls.0a1b2c3d.tmp").symlink_to("../releases/polls.v2")
    (home.proxy / "releases" / ".polls.v2.0a1b2c3d.tmp" / "public").mkdir(parents=True)

    sites.discard_unfinished(home)

    assert [path.name for path in (home.proxy / "environments").iterdir()] == ["polls"]
    assert list((home.proxy / "releases").iterdir()) == []
