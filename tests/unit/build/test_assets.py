"""Static trees as they are published: forms, links, former files, and what is not taken."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from nuages.build.assets import KEEP_RELEASES, publish_static

TEXT = b"body { color: red }\n" * 200


def tree(folder: Path, **files: bytes) -> Path:
    """A collected tree: `a__css` is a.css, `css___a__css` is css/a.css."""
    for name, content in files.items():
        path = folder / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    folder.mkdir(exist_ok=True)
    return folder


def paths(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    return tmp_path / "static"


def test_text_gets_three_compressed_forms_that_unpack_to_it(tmp_path: Path, static: Path) -> None:
    digest = publish_static(tree(tmp_path / "c", css___a__css=TEXT), [], static)
    published = static / digest / "css" / "a.css"
    assert published.read_bytes() == TEXT
    assert gzip.decompress(Path(f"{published}.gz").read_bytes()) == TEXT
    assert brotli.decompress(Path(f"{published}.br").read_bytes()) == TEXT
    packed = Path(f"{published}.zst").read_bytes()
    assert zstandard.ZstdDecompressor().decompress(packed) == TEXT


def test_small_files_images_and_noise_stay_as_they_are(tmp_path: Path, static: Path) -> None:
    files = {"s__css": b"x" * 100, "i__png": TEXT, "noise__js": os.urandom(5000)}
    digest = publish_static(tree(tmp_path / "c", **files), [], static)
    assert paths(static / digest) == {"s.css", "i.png", "noise.js"}


def test_the_same_files_get_the_same_digest_and_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    one = publish_static(tree(tmp_path / "a", a__css=TEXT, b__js=TEXT * 2), [], first)
    two = publish_static(tree(tmp_path / "b", b__js=TEXT * 2, a__css=TEXT), [], second)
    assert one == two
    assert paths(first / one) == paths(second / two)
    for path in paths(first / one):
        assert (first / one / path).read_bytes() == (second / two / path).read_bytes()


def test_an_unchanged_tree_keeps_the_former_digest(tmp_path: Path, static: Path) -> None:
    collected = tree(tmp_path / "c", a__css=TEXT)
    first = publish_static(collected, [], static)
    before = (static / first).stat().st_ino
    assert publish_static(collected, [first], static) == first
    assert (static / first).stat().st_ino == before


def test_what_a_former_tree_has_is_linked_with_its_forms(tmp_path: Path, static: Path) -> None:
    first = publish_static(tree(tmp_path / "c", a__css=TEXT), [], static)
    second = publish_static(tree(tmp_path / "d", moved__css=TEXT, b__js=TEXT), [first], static)
    for ending in ("", ".gz", ".br", ".zst"):
        old, new = static / first / f"a.css{ending}", static / second / f"moved.css{ending}"
        assert old.stat().st_ino == new.stat().st_ino


def test_hashed_files_of_former_releases_stay_for_some_releases(
    tmp_path: Path, static: Path
) -> None:
    files = {"a__0123456789ab__css": TEXT, "a__css": TEXT}
    digest = publish_static(tree(tmp_path / "c", **files), [], static)
    for release in range(1, KEEP_RELEASES + 2):
        collected = tree(tmp_path / f"c{release}", new__css=b"%d" % release)
        digest = publish_static(collected, [digest], static)
        names = paths(static / digest)
        assert "a.css" not in names
        kept = {"a.0123456789ab.css", "a.0123456789ab.css.br"} <= names
        assert kept == (release <= KEEP_RELEASES)


def test_a_deployment_without_new_files_ages_nothing(tmp_path: Path, static: Path) -> None:
    first = publish_static(tree(tmp_path / "c", a__0123456789ab__css=TEXT), [], static)
    collected = tree(tmp_path / "d", b__css=TEXT)
    digest = second = publish_static(collected, [first], static)
    for _ in range(KEEP_RELEASES + 1):
        digest = publish_static(collected, [digest], static)
    assert digest == second
    assert "a.0123456789ab.css" in paths(static / digest)


def test_former_files_survive_the_removal_of_their_first_tree(tmp_path: Path, static: Path) -> None:
    first = publish_static(tree(tmp_path / "c", a__0123456789ab__css=TEXT), [], static)
    second = publish_static(tree(tmp_path / "d", b__css=b"2"), [first], static)
    for path in sorted((static / first).rglob("*"), reverse=True):
        path.unlink()
    (static / first).rmdir()
    third = publish_static(tree(tmp_path / "e", b__css=b"3"), [second], static)
    assert (static / third / "a.0123456789ab.css").read_bytes() == TEXT


def test_a_new_file_under_an_old_hashed_name_wins(tmp_path: Path, static: Path) -> None:
    first = publish_static(tree(tmp_path / "c", a__0123456789ab__css=b"old"), [], static)
    second = publish_static(tree(tmp_path / "d", a__0123456789ab__css=b"new"), [first], static)
    assert (static / second / "a.0123456789ab.css").read_bytes() == b"new"


def test_compressed_forms_that_the_project_brings_stay(tmp_path: Path, static: Path) -> None:
    own = gzip.compress(TEXT, 1)
    digest = publish_static(tree(tmp_path / "c", a__css=TEXT, a__css__gz=own), [], static)
    assert (static / digest / "a.css.gz").read_bytes() == own
    other = publish_static(tree(tmp_path / "d", a__css=TEXT), [], static)
    assert gzip.decompress((static / other / "a.css.gz").read_bytes()) == TEXT


def test_links_and_devices_are_not_taken(tmp_path: Path, static: Path) -> None:
    collected = tree(tmp_path / "c", a__css=TEXT)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    (collected / "link").symlink_to(secret / "key")
    (collected / "folder").symlink_to(secret)
    os.mkfifo(collected / "fifo")
    digest = publish_static(collected, [], static)
    assert paths(static / digest) == {"a.css", "a.css.br", "a.css.gz", "a.css.zst"}


def test_a_tree_that_a_power_cut_damaged_is_made_again(tmp_path: Path, static: Path) -> None:
    collected = tree(tmp_path / "c", a__css=TEXT)
    digest = publish_static(collected, [], static)
    (static / digest / "a.css.br").write_bytes(b"")
    assert publish_static(collected, [digest], static) == digest
    assert brotli.decompress((static / digest / "a.css.br").read_bytes()) == TEXT


def test_everybody_may_read_a_tree_whatever_the_umask(tmp_path: Path, static: Path) -> None:
    before = os.umask(0o077)
    try:
        digest = publish_static(tree(tmp_path / "c", css___a__css=TEXT), [], static)
    finally:
        os.umask(before)
    assert (static / digest / "css").stat().st_mode & 0o777 == 0o755
    assert (static / digest).stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in (static / digest / "css").iterdir()} == {0o644}


def test_beside_the_tree_lies_only_its_list(tmp_path: Path, static: Path) -> None:
    digest = publish_static(tree(tmp_path / "c", a__css=TEXT), [], static)
    assert {entry.name for entry in static.iterdir()} == {digest, f".{digest}.json"}


def test_what_a_kill_left_is_swept_away_a_day_later(tmp_path: Path, static: Path) -> None:
    for name, age in (("old", 100_000), ("new", 10)):
        folder = static / f".{name}.tmp"
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age, time.time() - age))
    publish_static(tree(tmp_path / "c", a__css=TEXT), [], static)
    assert [path.name for path in static.glob(".*.tmp")] == [".new.tmp"]
