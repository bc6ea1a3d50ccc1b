"""Which releases are forgotten."""

from __future__ import annotations

from nuages.release.retention import outdated


def test_the_last_former_releases_stay() -> None:
    images = {version: f"image {version}" for version in range(1, 9)}
    assert outdated(images, current=8, keep=5) == [1, 2]


def test_changes_of_config_do_not_push_away_older_code() -> None:
    images = {1: "a", 2: "b", 3: "b", **dict.fromkeys(range(4, 12), "c")}
    assert outdated(images, current=11, keep=3) == [2, 4, 5, 6, 7]


def test_code_that_is_too_old_goes() -> None:
    images = {1: "a", 2: "b", 3: "c", 4: "c", 5: "d"}
    assert outdated(images, current=5, keep=2) == [1]
