"""A sandbox as a value becomes bubblewrap's arguments."""

from __future__ import annotations

from pathlib import Path

from nuages.core.image import Placed
from nuages.system.sandbox import (
    Mount,
    MountKind,
    SandboxSpec,
    base_mounts,
    bubblewrap_argv,
    with_parents,
)

LINKS = (("/bin", "usr/bin"), ("/lib64", "usr/lib64"))


def argv(root: bool, **changes: object) -> list[str]:
    spec = SandboxSpec(mounts=(Mount(MountKind.READ, "/venv", "/srv/venv"),), root=root, **changes)  # type: ignore[arg-type]
    return list(bubblewrap_argv("/usr/bin/bwrap", spec, ("run", "--me")))


def follows(words: list[str], *wanted: str) -> bool:
    return any(words[i : i + len(wanted)] == list(wanted) for i in range(len(words)))


def test_the_command_comes_last_behind_a_separator() -> None:
    assert argv(True)[-3:] == ["--", "run", "--me"]


def test_a_root_platform_keeps_only_what_dropping_to_a_user_takes() -> None:
    words = argv(True)
    assert follows(words, "--cap-drop", "ALL")
    added = [words[i + 1] for i, word in enumerate(words) if word == "--cap-add"]
    assert added == ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"]
    assert "--unshare-user" not in words


def test_the_top_folder_is_open_to_whoever_a_root_platform_drops_to() -> None:
    words = argv(root=True)
    place = words.index("--chmod")
    assert words[place : place + 3] == ["--chmod", "1777", "/"]
    assert "--chmod" not in argv(root=False)


def test_an_ordinary_user_gets_a_user_namespace() -> None:
    words = argv(False)
    assert "--unshare-user" in words
    assert "--disable-userns" not in words
    assert "--cap-add" not in words


def test_a_sandbox_can_be_the_last_user_namespace() -> None:
    spec = SandboxSpec((), root=False, nested=False)
    assert "--disable-userns" in bubblewrap_argv("bwrap", spec, ("true",))


def test_every_sandbox_has_processes_and_names_of_its_own() -> None:
    assert {"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"} <= set(argv(True))


def test_the_network_is_shared_only_when_asked() -> None:
    assert "--unshare-net" not in argv(True, own_network=False)


def test_the_program_is_process_1_only_when_asked() -> None:
    assert "--as-pid-1" not in argv(True)
    assert "--as-pid-1" in argv(True, pid_one=True)


def test_an_overlay_shows_a_folder_whose_changes_are_wiped() -> None:
    spec = SandboxSpec((Mount(MountKind.OVERLAY, "/app", "/srv/app"),), root=True)
    words = list(bubblewrap_argv("bwrap", spec, ("x",)))
    assert follows(words, "--overlay-src", "/srv/app", "--tmp-overlay", "/app")


def test_temporary_folders_are_open_to_every_user() -> None:
    spec = SandboxSpec((Mount(MountKind.TEMPORARY, "/tmp"),), root=True)
    assert follows(
        list(bubblewrap_argv("bwrap", spec, ("x",))), "--perms", "1777", "--tmpfs", "/tmp"
    )


def test_missing_parents_are_made_once_and_for_everybody() -> None:
    mounts = [
        Mount(MountKind.READ, "/root/.pyenv/versions/3.12", "/root/.pyenv/versions/3.12"),
        Mount(MountKind.READ, "/root/.pyenv/versions/3.11", "/root/.pyenv/versions/3.11"),
    ]
    made = [mount.target for mount in with_parents(mounts) if mount.kind is MountKind.DIRECTORY]
    assert made == ["/root", "/root/.pyenv", "/root/.pyenv/versions"]


def test_parents_in_an_overlay_are_made_for_everybody() -> None:
    mounts = [
        Mount(MountKind.OVERLAY, "/app", "/srv/app"),
        Mount(MountKind.READ, "/app/dist/static", "/srv/static"),
    ]
    assert [mount.target for mount in with_parents(mounts)] == [
        *("/app", "/app/dist", "/app/dist/static"),
    ]


def test_inside_a_mounted_folder_no_parent_is_made() -> None:
    mounts = [
        Mount(MountKind.WRITE, "/data", "/srv/data"),
        Mount(MountKind.WRITE, "/data/a/media", "/srv/media"),
    ]
    assert [mount.target for mount in with_parents(mounts)] == ["/data", "/data/a/media"]


def test_every_sandbox_has_what_programs_expect() -> None:
    targets = {mount.target for mount in base_mounts(LINKS)}
    assert {"/usr", "/bin", "/lib64", "/proc", "/dev", "/dev/shm", "/tmp", "/home/app"} <= targets


def test_what_settings_like_to_write_to_is_open_to_every_user() -> None:
    fresh = {m.target for m in base_mounts(LINKS) if m.kind is MountKind.TEMPORARY}
    assert {"/tmp", "/var/log", "/var/tmp", "/srv"} <= fresh


def test_an_interpreter_is_shown_in_its_place() -> None:
    mounts = base_mounts(LINKS, Placed(Path("/h/pythons/1"), Path("/python")))
    assert Mount(MountKind.READ, "/python", "/h/pythons/1") in mounts
