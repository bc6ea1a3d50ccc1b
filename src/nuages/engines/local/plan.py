"""A release or a one-off becomes what the agent is told to start: sandboxes, documents. Pure, but
for one look at the image's tree.

What an app decides itself (its packages, where its static files are shown, what lies in its volume)
must not reach what runs before its privileges are dropped: the launcher, and the interpreter and
libraries that the launcher uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nuages.core.engine import OneOff, Volume
from nuages.core.image import Image
from nuages.core.process import Kind, Limits, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.engines.local.protocol import (
    DOCUMENT_FD,
    EXPORTER_DOCUMENT_FD,
    GATE_FD,
    HANDED_FD,
    METRICS_FD,
    READY_FD,
    RELEASE_PURPOSE,
    STATSD_FDS,
    WEB_DOCUMENT_FD,
    Bind,
    Launch,
    ProcessPlan,
)
from nuages.engines.local.unsandboxed import RealPaths, plan_unsandboxed
from nuages.run.places import static_root
from nuages.system.sandbox import (
    Mount,
    MountKind,
    SandboxSpec,
    base_mounts,
    bubblewrap_argv,
)
from nuages_runtime.given.surroundings import STATSD_PORT

PYTHON = "/venv/bin/python"
LAUNCHER = "/nuages/nuages_runtime/launch.py"
# A full exporter takes a third of it.
_EXPORTER_LIMITS = Limits(memory=128 * 1024 * 1024, cpu=0.5, pids=16)
EXCHANGE = "/run/nuages"
DATA = "/data"
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
    `interpreter` the host's Python for the launcher, by its own path: the one of /venv is the
    app's; `copies` where an app is copied to when there is no sandbox; `nested` whether an
    app can make user namespaces of its own.
    """

    bubblewrap: str
    root: bool
    links: tuple[tuple[str, str], ...]
    tops: tuple[Mount, ...]
    uid: int | None
    etc: Path
    interpreter: str
    copies: Path
    nested: bool = False


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
        if one_off.own_tree:
            paths = replace(paths, app=one_off.image.app)
        return plan_unsandboxed(paths, document, one_off.limits, DOCUMENT_FD)
    mounts = [*image_mounts(one_off.image, volume, around)]
    if one_off.own_tree:
        own = Mount(MountKind.WRITE, "/app", str(one_off.image.app))
        mounts = [own if mount.target == "/app" else mount for mount in mounts]
    for shown in one_off.shown:
        kind = MountKind.WRITE if shown.writable else MountKind.READ
        mounts.append(Mount(kind, str(shown.path), str(shown.path)))
    if exchange is not None:
        mounts.append(Mount(MountKind.WRITE, EXCHANGE, str(exchange)))
    visible, binds = _split(mounts, volume, around)
    sandbox = SandboxSpec(
        visible, around.root, hostname=one_off.environment.label, nested=around.nested
    )
    argv = bubblewrap_argv(around.bubblewrap, sandbox, _launcher(around, DOCUMENT_FD))
    return Launch(argv, document, one_off.limits, network=one_off.network, binds=binds)


def image_mounts(image: Image, volume: Volume | None, around: Surroundings) -> tuple[Mount, ...]:
    """What an app finds around it (PRODUCT: "What an app finds around it")."""
    mounts = [
        *around.tops,
        *base_mounts(around.links, image.python),
        *(
            Mount(MountKind.READ, f"/etc/{name}", str(around.etc / name))
            for name in ("passwd", "group", "hosts", "resolv.conf")
        ),
        Mount(MountKind.LINK, "/etc/gitconfig", "/nuages/nuages_runtime/gitconfig"),
        Mount(MountKind.OVERLAY, "/app", str(image.app)),
    ]
    if volume is None:
        mounts.append(Mount(MountKind.TEMPORARY, DATA))
    else:
        mounts.append(Mount(MountKind.WRITE, DATA, str(volume.path)))
        if not volume.media.is_relative_to(volume.path):
            mounts.append(Mount(MountKind.WRITE, f"{DATA}/media", str(volume.media)))
    if image.static is not None:
        mounts.append(Mount(MountKind.READ, static_root(image), str(image.static)))
    mounts += [
        Mount(MountKind.READ, "/venv", str(image.venv)),
        Mount(MountKind.READ, "/nuages", str(image.runtime)),
    ]
    return tuple(mounts)


def _split(
    mounts: Iterable[Mount], volume: Volume | None, around: Surroundings
) -> tuple[tuple[Mount, ...], tuple[Bind, ...]]:
    """What bubblewrap mounts, and what has to be bound before it starts: where the platform is
    root, what lies inside of the volume. bubblewrap follows links, and those are the app's."""
    shown, binds = [], []
    for mount in mounts:
        if around.root and volume is not None and mount.target.startswith(f"{DATA}/"):
            inside = mount.target.removeprefix(f"{DATA}/")
            writable = mount.kind is MountKind.WRITE
            binds.append(Bind(mount.source, str(volume.path), inside, writable=writable))
        else:
            shown.append(mount)
    return tuple(shown), tuple(binds)


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
    document["statsd"] = {"port": STATSD_PORT, "descriptors": list(STATSD_FDS)}
    descriptor = WEB_DOCUMENT_FD if web else DOCUMENT_FD
    if not around.bubblewrap:
        paths = _real_paths(release.image, volume, around)
        return plan_unsandboxed(paths, document, release.limits, descriptor)
    shown, binds = _split(image_mounts(release.image, volume, around), volume, around)
    sandbox = SandboxSpec(
        shown,
        around.root,
        # The server takes its socket as systemd would hand it over: LISTEN_PID says process 1.
        # Others get a reaper, because process 1 ignores SIGTERM unless it handles it.
        pid_one=web,
        hostname=release.environment.label,
        nested=around.nested,
    )
    argv = bubblewrap_argv(around.bubblewrap, sandbox, _launcher(around, descriptor))
    return Launch(argv, document, release.limits, binds=binds)


def plan_exporter(release: Release, around: Surroundings) -> Launch | None:
    """How the StatsD exporter of the release's environment is started: in a sandbox with nothing
    of the app in it. None where there are no sandboxes, so no networks that could be told apart,
    or where the image is one of before there was an exporter."""
    runtime = release.image.runtime
    if not around.bubblewrap or not (runtime / "nuages_runtime/statsd/__main__.py").is_file():
        return None
    shown = (
        *around.tops,
        *base_mounts(around.links, release.image.python),
        Mount(MountKind.READ, "/nuages", str(runtime)),
    )
    sandbox = SandboxSpec(shown, around.root, hostname="metrics", nested=around.nested)
    launcher = _launcher(around, EXPORTER_DOCUMENT_FD)
    document = {
        "argv": [around.interpreter, "-S", "-m", "nuages_runtime.statsd"],
        "env": {
            "PYTHONPATH": "/nuages",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUAGES_STATSD_BIND": f"fd:{HANDED_FD}",
            "NUAGES_METRICS_BIND": f"fd:{METRICS_FD}",
        },
        "uid": around.uid,
        "gid": around.uid,
    }
    argv = bubblewrap_argv(around.bubblewrap, sandbox, launcher)
    return Launch(argv, document, _EXPORTER_LIMITS, network=False)


def _launcher(around: Surroundings, descriptor: int) -> tuple[str, ...]:
    return (around.interpreter, "-I", "-S", LAUNCHER, str(descriptor))


def _document(
    argv: Sequence[str], env: Mapping[str, str], image: Image, around: Surroundings
) -> dict[str, object]:
    project = "/app" if image.project in ("", ".") else f"/app/{image.project}"
    return {
        "argv": list(argv),
        "env": dict(env),
        "cwd": project,
        "folders": [f"/app/{folder}" for folder in image.blueprint.folders],
        "uid": around.uid,
        "gid": around.uid,
    }


def _variables(env: Mapping[str, Secret], own: Mapping[str, str]) -> dict[str, str]:
    """The one place where config vars become text, on their way into the launch document."""
    return {**{name: value.reveal() for name, value in env.items()}, **own}


def _real_paths(
    image: Image, volume: Volume | None, around: Surroundings, exchange: Path | None = None
) -> RealPaths:
    copied = has_copied_python(image)
    return RealPaths(
        app=around.copies / "app",
        venv=around.copies / "venv" if copied else image.venv,
        python=image.python.folder if image.python and copied else None,
        runtime=image.runtime,
        data=volume.path if volume else around.copies / "data",
        static=image.static or around.copies / "static",
        exchange=exchange or around.copies / "exchange",
        source=image.app,
    )


def has_copied_python(image: Image) -> bool:
    """Whether apps see the interpreter in another place than where it lies."""
    return image.python is not None and image.python.folder != image.python.place


def with_counts(release: Release, counts: Mapping[str, int]) -> list[ProcessSpec]:
    """The process types of `counts`, with those counts."""
    return [
        ProcessSpec(spec.name, spec.argv, spec.kind, counts[spec.name])
        for spec in release.processes
        if spec.name in counts
    ]
