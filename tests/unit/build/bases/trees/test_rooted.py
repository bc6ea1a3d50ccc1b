"""Links in a root stay in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.bases.trees.rooted import find_file, read_inside, resolve_inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "usr/lib/arch").mkdir(parents=True)
    (root / "usr/lib/arch/libz.so.1.2").write_bytes(b"z")
    (root / "usr/lib/arch/libz.so.1").symlink_to("libz.so.1.2")
    (root / "lib").symlink_to("usr/lib")
    (root / "absolute").symlink_to("/usr/lib/arch/libz.so.1")
    (root / "above").symlink_to("../../../../etc/passwd")
    (root / "circle").symlink_to("circle")
    return root


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/lib/arch/libz.so.1", "usr/lib/arch/libz.so.1.2"),
        ("absolute", "usr/lib/arch/libz.so.1.2"),
        ("above", "etc/passwd"),
        ("usr/lib/../lib/./arch", "usr/lib/arch"),
        ("../../x", "x"),
        ("missing/file", "missing/file"),
        ("circle", None),
    ],
)
def test_a_path_leads_below_the_root(root: Path, path: str, leads: str | None) -> None:
    assert resolve_inside(root, path) == leads


def test_the_link_at_the_end_can_be_left(root: Path) -> None:
    assert resolve_inside(root, "lib/arch/libz.so.1", last=False) == "usr/lib/arch/libz.so.1"


def test_only_files_are_found_and_read(root: Path) -> None:
    assert find_file(root, "absolute") == root / "usr/lib/arch/libz.so.1.2"
    assert find_file(root, "usr/lib") is None
    assert find_file(root, "above") is None
    assert read_inside(root, "absolute") == b"z"
    assert read_inside(root, "circle") == b""
