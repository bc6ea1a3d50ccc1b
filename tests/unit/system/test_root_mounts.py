"""A root as the mounts of a sandbox."""

from __future__ import annotations

from pathlib import Path

from nuages.system.sandbox import Mount, MountKind
from nuages.system.sandbox_host import root_mounts


def test_what_a_root_holds_is_shown_and_the_rest_is_the_sandbox_s_own(tmp_path: Path) -> None:
    for name in ("usr", "etc", "proc", "dev", "tmp"):
        (tmp_path / name).mkdir()
    for name in ("usr", "etc"):
        (tmp_path / name / "file").touch()
    (tmp_path / "bin").symlink_to("usr/bin")
    mounts = root_mounts(tmp_path)
    assert mounts[:3] == (
        Mount(MountKind.LINK, "/bin", "usr/bin"),
        Mount(MountKind.READ, "/etc", str(tmp_path / "etc")),
        Mount(MountKind.READ, "/usr", str(tmp_path / "usr")),
    )
    assert {mount.kind for mount in mounts[3:]} == {
        MountKind.PROC,
        MountKind.DEVICES,
        MountKind.TEMPORARY,
        MountKind.DIRECTORY,
    }


def test_empty_folders_are_made_so_that_more_can_be_shown_below(tmp_path: Path) -> None:
    (tmp_path / "opt").mkdir()
    assert root_mounts(tmp_path)[0] == Mount(MountKind.DIRECTORY, "/opt")
