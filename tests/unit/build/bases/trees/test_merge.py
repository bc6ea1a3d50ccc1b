"""Folders at the top become links into /usr."""

from __future__ import annotations

from pathlib import Path

from nuages.build.bases.trees.merge import merge_usr


def test_what_is_at_the_top_moves_below_usr_and_is_found_where_it_was(tmp_path: Path) -> None:
    for folder in ("bin", "lib/arch", "usr/bin", "usr/lib/arch", "sbin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin/sh").write_text("shell")
    (tmp_path / "bin/which").symlink_to("/usr/bin/which")
    (tmp_path / "usr/bin/which").write_text("which")
    (tmp_path / "usr/bin/awk").write_text("awk")
    (tmp_path / "lib/arch/libz.so.1").write_text("z")
    (tmp_path / "lib/arch/libz.so").symlink_to("libz.so.1")
    (tmp_path / "lib/arch/up").symlink_to("../../usr/bin/awk")
    (tmp_path / "usr/lib/arch/libz.so.1").symlink_to("/lib/arch/libz.so.1")
    merge_usr(tmp_path)
    assert (tmp_path / "bin").readlink() == Path("usr/bin")
    assert (tmp_path / "bin/sh").read_text() == "shell"
    assert (tmp_path / "usr/bin/which").read_text() == "which"
    assert not (tmp_path / "usr/bin/which").is_symlink()
    assert (tmp_path / "lib/arch/libz.so").read_text() == "z"
    assert not (tmp_path / "usr/lib/arch/libz.so.1").is_symlink()
    assert (tmp_path / "usr/lib/arch/up").readlink() == Path("/usr/bin/awk")
    assert (tmp_path / "sbin").is_symlink()
    assert not (tmp_path / "lib64").exists()


def test_a_merged_root_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    merge_usr(tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["bin", "usr"]
