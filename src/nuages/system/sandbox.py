"""A sandbox as a value becomes a bubblewrap argument vector; nothing is run here.

Two variants: with the platform as root the sandbox starts as root with three capabilities, and
what starts inside drops to a user of its own; otherwise a user namespace gives our own user.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from nuages.core.image import Placed

# What dropping to another user takes; chmod of /app needs none, because root owns it.
ROOT_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
HOME_INSIDE = "/home/app"
# Certificates, the loader's cache, the time zone: what programs expect and nobody minds. The
# folders of certificates alone, because private keys lie beside them.
HOST_FILES = (
    # Links alone, among them those of libblas and liblapack, which GDAL is linked with.
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ImageMagick-6",
    "/etc/ImageMagick-7",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/ca-trust",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/protocols",
)

# Where settings make folders of their own, besides; as fresh as /tmp.
WRITABLE = ("/var/log", "/var/tmp", "/srv")  # noqa: S108


class MountKind(StrEnum):
    """READ and WRITE bind a host path (TRY_READ where it exists); OVERLAY shows a host folder
    whose changes are wiped; TEMPORARY is an empty tmpfs of mode 1777; LINK is a symbolic link
    whose source is its target's text; DIRECTORY an empty folder."""

    READ = "--ro-bind"
    TRY_READ = "--ro-bind-try"
    WRITE = "--bind"
    OVERLAY = "--tmp-overlay"
    TEMPORARY = "--tmpfs"
    LINK = "--symlink"
    DIRECTORY = "--dir"
    PROC = "--proc"
    DEVICES = "--dev"


@dataclass(frozen=True, slots=True)
class Mount:
    """One thing inside the sandbox: `source` on the host (where the kind has one), `target`."""

    kind: MountKind
    target: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """A sandbox: what is mounted in it and what it shares with the host.

    `root` chooses the variant for a platform that runs as root. `pid_one` lets the program be
    process 1; else a reaper is. `own_network` off leaves it in the host's network.
    `hostname` is what the program sees as the machine's name; `cwd` where it starts. `nested`
    lets it make user namespaces of its own; off has a meaning for an ordinary user's platform.
    """

    mounts: tuple[Mount, ...]
    root: bool
    pid_one: bool = False
    own_network: bool = True
    hostname: str = "app"
    cwd: str = "/"
    nested: bool = True


def bubblewrap_argv(program: str, spec: SandboxSpec, command: Iterable[str]) -> tuple[str, ...]:
    """The argument vector that starts `command` in the sandbox; `program` is bubblewrap.

    The environment is passed on as it is: whoever runs this decides it.
    """
    flags = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if spec.pid_one:
        flags.append("--as-pid-1")
    if spec.own_network:
        flags.append("--unshare-net")
    if spec.root:
        flags += ["--cap-drop", "ALL"]
        for capability in ROOT_CAPABILITIES:
            flags += ["--cap-add", capability]
    else:
        flags.append("--unshare-user")
        if not spec.nested:
            flags.append("--disable-userns")
    flags += ["--hostname", spec.hostname]
    mounts = [word for mount in with_parents(spec.mounts) for word in _words(mount)]
    # Who drops to another user may make folders at the top as well, but move none of ours.
    opened = ("--chmod", "1777", "/") if spec.root else ()
    return (program, *flags, *mounts, *opened, "--chdir", spec.cwd, "--", *command)


def base_mounts(
    links: Iterable[tuple[str, str]], python: Placed | None = None
) -> tuple[Mount, ...]:
    """What every sandbox has: the host's /usr, /proc, /dev, fresh /tmp, /dev/shm, home and
    others to write to.

    `links` are the host's top-level links into /usr (see sandbox_host.top_links); `python` is
    an interpreter's folder, shown in its place, because environments name that.
    """
    mounts = [Mount(MountKind.READ, "/usr", "/usr")]
    mounts += [Mount(MountKind.LINK, target, source) for target, source in links]
    mounts += [Mount(MountKind.TRY_READ, path, path) for path in HOST_FILES]
    mounts += [
        Mount(MountKind.PROC, "/proc"),
        Mount(MountKind.DEVICES, "/dev"),
        Mount(MountKind.TEMPORARY, "/dev/shm"),  # noqa: S108 the sandbox's own
        Mount(MountKind.TEMPORARY, "/tmp"),  # noqa: S108 the sandbox's own
        Mount(MountKind.TEMPORARY, HOME_INSIDE),
        *(Mount(MountKind.TEMPORARY, folder) for folder in WRITABLE),
    ]
    if python is not None:
        mounts.append(Mount(MountKind.READ, str(python.place), str(python.folder)))
    return tuple(mounts)


def with_parents(mounts: Iterable[Mount]) -> Iterator[Mount]:
    """The mounts with every missing parent made first: bubblewrap alone makes them 0700, which
    shuts out a program under another user. Inside what is bound nothing is made, but for an
    overlay, whose changes are wiped; there a folder that is in the source stays as it is."""
    made: set[str] = {"/"}
    filled: list[PurePosixPath] = []
    for mount in mounts:
        target = PurePosixPath(mount.target)
        for parent in reversed(target.parents):
            inside = any(parent.is_relative_to(folder) for folder in filled)
            if str(parent) not in made and not inside:
                yield Mount(MountKind.DIRECTORY, str(parent))
            made.add(str(parent))
        yield mount
        made.add(str(target))
        if mount.kind not in (MountKind.TEMPORARY, MountKind.OVERLAY):
            filled.append(target)


def _words(mount: Mount) -> tuple[str, ...]:
    kind, target = mount.kind, mount.target
    if kind is MountKind.OVERLAY:
        return ("--overlay-src", mount.source, kind, target)
    if kind is MountKind.TEMPORARY:
        return ("--perms", "1777", kind, target)
    if kind is MountKind.DIRECTORY:
        return ("--perms", "0755", kind, target)
    if kind in (MountKind.PROC, MountKind.DEVICES):
        return (kind, target)
    return (kind, mount.source, target)
