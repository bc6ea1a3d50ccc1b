"""A root as the mounts of a sandbox."""

from __future__ import annotations

from pathlib import Path

from nuages.core.image import Placed
from nuages.system.sandbox import Mount, MountKind
from nuages.system.sandbox_host import based_mounts, root_mounts


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


def test_an_app_on_a_root_has_an_etc_of_its_own_and_what_every_app_has(tmp_path: Path) -> None:
    for name in ("etc", "usr", "home", "app"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    mounts = based_mounts(tmp_path, Placed(Path("/h/pythons/1"), Path("/python")))
    by_target = {mount.target: mount for mount in mounts}
    assert by_target["/etc"] == Mount(MountKind.OVERLAY, "/etc", str(tmp_path / "etc"))
    assert by_target["/usr"].source == str(tmp_path / "usr")
    assert by_target["/python"].source == "/h/pythons/1"
    assert by_target["/home/app"].kind is MountKind.TEMPORARY
    # Whoever is trusted is the machine's to say; what another app's image has there is not shown.
    assert by_target["/etc/ssl/certs/ca-certificates.crt"].kind is MountKind.TRY_READ
    assert "/app" not in by_target
    assert len(by_target) == len(mounts)
