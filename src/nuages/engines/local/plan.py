"""A release or a one-off becomes what the agent is told to start: sandboxes, documents. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.core.engine import OneOff, Volume
from nuages.core.image import Image
from nuages.core.process import Kind, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.engines.local.protocol import (
    DOCUMENT_FD,
    GATE_FD,
    READY_FD,
    RELEASE_PURPOSE,
    WEB_DOCUMENT_FD,
    Launch,
    ProcessPlan,
)
from nuages.engines.local.unsandboxed import RealPaths, plan_unsandboxed
from nuages.system.sandbox import Mount, MountKind, SandboxSpec, base_mounts, bubblewrap_argv

PYTHON = "/venv/bin/python"
LAUNCHER = "/nuages/nuages_runtime/launch.py"
EXCHANGE = "/run/nuages"
# Where static files are shown when the project says nothing of its own.
STATIC = "/static"
# Said to processes whose output is kept: nuages_runtime takes values of variables out of it.
_LOGGED = {"NUAGES_LOGGED": "1"}
# A program that is process 2 and starts a terminal of its own; without it, Ctrl-C would end the
# sandbox and not what runs in it.
_TERMINAL = (
    PYTHON,
    "-I",
    "-S",
    "-c",
    "import fcntl,os,sys,termios; os.getsid(0)==os.getpid() or os.setsid(); "
    "fcntl.ioctl(0,termios.TIOCSCTTY,0); "
    "os.execvp(sys.argv[1],sys.argv[1:])",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of this host goes into the sandboxes of one environment.

    `bubblewrap` is the program (empty: no sandbox); `links` and `tops` how / leads into /usr;
    `uid` the environment's user, None for ours; `etc` the folder with the synthesised files;
    `copies` where an app is copied to when there is no sandbox.
    """

    bubblewrap: str
    root: bool
    links: tuple[tuple[str, str], ...]
    tops: tuple[Mount, ...]
    uid: int | None
    etc: Path
    copies: Path


def plan_processes(
    release: Release, processes: Sequence[ProcessSpec], volume: Volume, around: Surroundings
) -> list[ProcessPlan]:
    """How each of these process types is started."""
    return [
        ProcessPlan(spec.name, spec.kind, spec.count, _launch(release, spec, volume, around))
        for spec in processes
    ]


def plan_one_off(one_off: OneOff, volume: Volume | None, around: Surroundings) -> Launch:
    """How a one-off is started; `volume` None leaves /data an empty tmpfs."""
    exchange = one_off.exchange
    argv = (*_TERMINAL, *one_off.argv) if one_off.tty else one_off.argv
    logged = _LOGGED if one_off.purpose == RELEASE_PURPOSE else {}
    document = _document(argv, _variables(one_off.env, logged), one_off.image, around)
    if not around.bubblewrap:
        paths = _real_paths(one_off.image, volume, around, exchange)
        return plan_unsandboxed(paths, document, one_off.limits, DOCUMENT_FD)
    mounts = list(image_mounts(one_off.image, volume, around))
    if exchange is not None:
        mounts.append(Mount(MountKind.WRITE, EXCHANGE, str(exchange)))
    return _sandboxed(tuple(mounts), document, one_off, around)


def image_mounts(image: Image, volume: Volume | None, around: Surroundings) -> tuple[Mount, ...]:
    """What an app finds around it (PRODUCT: "What an app finds around it")."""
    mounts = [
        *around.tops,
        *base_mounts(around.links, image.python),
        *(
            Mount(MountKind.READ, f"/etc/{name}", str(around.etc / name))
            for name in ("passwd", "group", "hosts", "resolv.conf")
        ),
        Mount(MountKind.OVERLAY, "/app", str(image.app)),
        Mount(MountKind.READ, "/venv", str(image.venv)),
        Mount(MountKind.READ, "/nuages", str(image.runtime)),
    ]
    if volume is None:
        mounts.append(Mount(MountKind.TEMPORARY, "/data"))
    else:
        mounts.append(Mount(MountKind.WRITE, "/data", str(volume.path)))
        if not volume.media.is_relative_to(volume.path):
            mounts.append(Mount(MountKind.WRITE, "/data/media", str(volume.media)))
    if image.static is not None:
        mounts.append(Mount(MountKind.READ, static_root(image), str(image.static)))
    return tuple(mounts)


def static_root(image: Image) -> str:
    """Where the static files are shown: the project's STATIC_ROOT where it is a path of ours."""
    root = image.report.static_root.rstrip("/")
    ours = root.startswith("/") and ".." not in root.split("/")
    taken = root in ("/app", "/data", "/venv", "/nuages", "/tmp", "/usr", "/etc")  # noqa: S108
    return root if ours and not taken and not root.startswith("/venv/") else STATIC


def _launch(release: Release, spec: ProcessSpec, volume: Volume, around: Surroundings) -> Launch:
    web = spec.kind is Kind.WEB
    own = {
        "LISTEN_FDS": "1",
        "LISTEN_PID": "1",
        "NUAGES_READY_FD": str(READY_FD),
        "NUAGES_GATE_FD": str(GATE_FD),
    }
    variables = _variables(release.env, {**_LOGGED, **(own if web else {})})
    document = _document(spec.argv, variables, release.image, around)
    descriptor = WEB_DOCUMENT_FD if web else DOCUMENT_FD
    if not around.bubblewrap:
        paths = _real_paths(release.image, volume, around)
        return plan_unsandboxed(paths, document, release.limits, descriptor)
    sandbox = SandboxSpec(
        image_mounts(release.image, volume, around),
        around.root,
        # The server takes its socket as systemd would hand it over: LISTEN_PID says process 1.
        # Others get a reaper, because process 1 ignores SIGTERM unless it handles it.
        pid_one=web,
        hostname=release.environment.label,
    )
    argv = bubblewrap_argv(around.bubblewrap, sandbox, _launcher(descriptor))
    return Launch(argv, document, release.limits)


def _sandboxed(
    mounts: tuple[Mount, ...], document: dict[str, object], one_off: OneOff, around: Surroundings
) -> Launch:
    sandbox = SandboxSpec(mounts, around.root, hostname=one_off.environment.label)
    argv = bubblewrap_argv(around.bubblewrap, sandbox, _launcher(DOCUMENT_FD))
    return Launch(argv, document, one_off.limits, network=one_off.network)


def _launcher(descriptor: int) -> tuple[str, ...]:
    return (PYTHON, "-I", "-S", LAUNCHER, str(descriptor))


def _document(
    argv: Sequence[str], env: Mapping[str, str], image: Image, around: Surroundings
) -> dict[str, object]:
    project = "/app" if image.project in ("", ".") else f"/app/{image.project}"
    return {
        "argv": list(argv),
        "env": dict(env),
        "cwd": project,
        "uid": around.uid,
        "gid": around.uid,
    }


def _variables(env: Mapping[str, Secret], own: Mapping[str, str]) -> dict[str, str]:
    """The one place where config vars become text, on their way into the launch document."""
    return {**{name: value.reveal() for name, value in env.items()}, **own}


def _real_paths(
    image: Image, volume: Volume | None, around: Surroundings, exchange: Path | None = None
) -> RealPaths:
    return RealPaths(
        app=around.copies / "app",
        venv=image.venv,
        runtime=image.runtime,
        data=volume.path if volume else around.copies / "data",
        static=image.static or around.copies / "static",
        exchange=exchange or around.copies / "exchange",
        source=image.app,
    )


def with_counts(release: Release, counts: Mapping[str, int]) -> list[ProcessSpec]:
    """The process types of `counts`, with those counts."""
    return [
        ProcessSpec(spec.name, spec.argv, spec.kind, counts[spec.name])
        for spec in release.processes
        if spec.name in counts
    ]
