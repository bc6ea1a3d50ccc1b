"""What a layer holds that makes one tree of another."""

from __future__ import annotations

from pathlib import Path

from nuages.build.bases.trees.difference import tree_difference


def fill(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_new_other_and_removed_paths_are_named(tmp_path: Path) -> None:
    same = {"etc/same": "1", "usr/deep/a": "1"}
    lower = fill(tmp_path / "a", {**same, "etc/other": "1", "etc/gone": "1", "old/x/y": "1"})
    upper = fill(tmp_path / "b", {**same, "etc/other": "2", "new/z": "1"})
    difference = tree_difference(lower, upper)
    assert difference.changed == ("etc/other", "new", "new/z")
    assert difference.removed == ("etc/gone", "old")
    assert difference.whiteouts == ("etc/.wh.gone", ".wh.old")


def test_a_folder_that_became_a_link_replaces_what_was_in_it(tmp_path: Path) -> None:
    lower = fill(tmp_path / "a", {"var/run/x": "1"})
    upper = fill(tmp_path / "b", {"var/other": "1"})
    (upper / "var/run").symlink_to("/run")
    difference = tree_difference(lower, upper)
    assert difference.changed == ("var/other", "var/run")
    assert difference.removed == ()


def test_the_same_trees_differ_in_nothing(tmp_path: Path) -> None:
    lower, upper = fill(tmp_path / "a", {"x": "1"}), fill(tmp_path / "b", {"x": "1"})
    assert tree_difference(lower, upper).changed == ()
