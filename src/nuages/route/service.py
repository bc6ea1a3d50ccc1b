"""The proxy as a service of the agent: Caddy in a sandbox that shows it only what it serves."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.platform import PlatformSettings
from nuages.core.service import ServiceSpec
from nuages.route.errors import NO_CADDY, OLD_CADDY
from nuages.route.mime import render_mime_types
from nuages.route.render import ProxySettings, render_caddy
from nuages.system.command import Command, LocalRunner, Runner
from nuages.system.files import write_atomic
from nuages.system.sandbox import Mount, MountKind, SandboxSpec, bubblewrap_argv
from nuages.system.sandbox_host import find_bubblewrap, top_links, top_mounts

NAME = "proxy"
# The first version with read_idle_timeout and write_idle_timeout, which the document has.
OLDEST = (2, 11, 7)
# The agent's word for the address at which its own sandboxes reach this host.
INTERNAL_PORT = 80
INTERNAL = f"internal:{INTERNAL_PORT}"
# The proxy's own user where the platform is root.
PROXY_UID = 1_900_000_000
# What setpriv and its libraries take; not /usr/share, whose table of content types would be read.
_PROGRAMS = tuple(
    Mount(MountKind.TRY_READ, path, path)
    for path in ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64")
)
# Everybody's requests go through the proxy, so it goes before any one app's work.
_NICE = -5
# Go's runtime looks after its threads every 20 µs while one of them works, and a thread that
# waits for the disk is replaced at such a look. At 5 ms the looks cost nothing: by bench/load.py
# a tenth of the CPU of a request.
_TIMER_SLACK = 0.005
_FOLDERS = ("sites", "environments", "releases", "static", "media")


@dataclass(frozen=True, slots=True)
class ProxyHost:
    """What starting the proxy takes from this machine: the programs, and how /usr is laid out.

    `uid` is the proxy's own user; None where it runs as ours. `internal`: it also listens where
    apps find each other.
    """

    uid: int | None
    caddy: str
    bubblewrap: str = ""
    mounts: tuple[Mount, ...] = ()
    internal: bool = False


def find_caddy(runner: Runner) -> str:
    """The path of Caddy: the one beside our interpreter, else on PATH, where it is new enough.
    Raises route.E012 where there is none, route.E013 where each is too old."""
    beside = Path(sys.executable).with_name("caddy")
    on_path = shutil.which("caddy")
    old = ""
    for program in dict.fromkeys((str(beside) if beside.is_file() else None, on_path)):
        if program is None:
            continue
        said = runner.run(Command((program, "version"))).stdout.strip()
        if tuple(int(number) for number in re.findall(r"\d+", said)[:3]) >= OLDEST:
            return program
        old = old or f"{program} is {said.partition(' ')[0] or 'of an unknown version'}"
    if old:
        raise NuagesError(OLD_CADDY, f"{old}, and {'.'.join(map(str, OLDEST))} is the oldest")
    raise NuagesError(NO_CADDY, "No Caddy was found on this machine")


def proxy_settings(
    home: Home, settings: PlatformSettings, *, internal: bool = False
) -> ProxySettings:
    """What the document says of paths: those inside the sandbox, or the real ones without."""
    internal = internal and not _covers_internal(settings)
    if settings.sandbox:
        return ProxySettings(internal=internal)
    return ProxySettings(str(home.proxy), str(admin_socket(home)), internal)


def _covers_internal(settings: PlatformSettings) -> bool:
    """Whether the platform's own port is the one of internal names, on all interfaces."""
    return settings.http_port == INTERNAL_PORT and settings.http_address in ("::", "0.0.0.0")  # noqa: S104


def admin_socket(home: Home) -> Path:
    """Where the proxy listens for its administrator."""
    return home.run / NAME / "admin.sock"


def document_path(home: Home) -> Path:
    """The file that the proxy reads its configuration from when it starts."""
    return home.run / "proxy.json"


def _mime_path(home: Home) -> Path:
    return home.run / "proxy.mime.types"


def prepare_proxy(
    home: Home, settings: PlatformSettings, uid: int | None, *, internal: bool = False
) -> None:
    """Make the folders that the proxy sees and write its document; safe to repeat at any time.

    `internal`: also listen where apps find each other (unless the platform's port is there).
    """
    for folder in (home.proxy, *(home.proxy / name for name in _FOLDERS), home.run):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (home.proxy, *(home.proxy / name for name in _FOLDERS)):
        folder.chmod(0o755)
    state = home.run / NAME
    state.mkdir(exist_ok=True)
    if uid is not None:
        os.chown(state, uid, uid)
    state.chmod(0o700)
    document = json.dumps(render_caddy(proxy_settings(home, settings, internal=internal)), indent=1)
    write_atomic(document_path(home), document)
    write_atomic(_mime_path(home), render_mime_types())
    for path in (document_path(home), _mime_path(home)):
        path.chmod(0o644)


def proxy_service(
    home: Home, settings: PlatformSettings, uid: int | None, *, internal: bool = False
) -> ServiceSpec:
    """What the agent has to run; `prepare_proxy` comes first, with the same arguments. `uid` is
    PROXY_UID for a platform that is root, else None.

    Raises route.E012 and E013 without Caddy, system.E002 without bubblewrap.
    """
    caddy = find_caddy(LocalRunner())
    if not settings.sandbox:
        return plan_service(home, settings, ProxyHost(None, caddy, internal=internal))
    links = tuple(Mount(MountKind.LINK, target, source) for target, source in top_links())
    host = ProxyHost(
        uid, caddy, find_bubblewrap(LocalRunner()), (*_PROGRAMS, *links, *top_mounts()), internal
    )
    return plan_service(home, settings, host)


def plan_service(home: Home, settings: PlatformSettings, host: ProxyHost) -> ServiceSpec:
    """The same for a machine that is described, without a look at this one."""
    inside = host.internal and not _covers_internal(settings)
    if settings.sandbox:
        argv, state = _sandboxed(home, host), f"/run/{NAME}"
    else:
        argv = (host.caddy, "run", "--config", str(document_path(home)))
        state = str(home.run / NAME)
    return ServiceSpec(
        name=NAME,
        argv=argv,
        env=tuple(sorted(_environment(state).items())),
        log=home.logs / "platform" / f"{NAME}.log",
        listen=(settings.listen, INTERNAL) if inside else (settings.listen,),
        nice=_NICE,
        timer_slack=_TIMER_SLACK,
    )


def _environment(state: str) -> dict[str, str]:
    """What Caddy keeps goes below `state`. Collecting garbage at five times the live heap instead
    of twice saves a fifth of a request's CPU for 20 MB (bench/load.py); the limit keeps many
    connections from growing that."""
    return {
        "HOME": state,
        "XDG_CONFIG_HOME": state,
        "XDG_DATA_HOME": state,
        "GOGC": "400",
        "GOMEMLIMIT": "128MiB",
    }


def _sandboxed(home: Home, host: ProxyHost) -> tuple[str, ...]:
    root = host.uid is not None
    # An upload may be a link to anything in here. So nothing in here is a secret: no keys.
    mounts = [
        Mount(MountKind.READ, "/p", str(home.proxy)),
        Mount(MountKind.READ, "/caddy", host.caddy),
        Mount(MountKind.READ, "/etc/caddy.json", str(document_path(home))),
        Mount(MountKind.READ, "/etc/mime.types", str(_mime_path(home))),
        Mount(MountKind.WRITE, f"/run/{NAME}", str(home.run / NAME)),
    ]
    command: tuple[str, ...] = ("/caddy", "run", "--config", "/etc/caddy.json")
    if host.uid is not None:
        # setpriv and its libraries; Caddy itself needs nothing of the host.
        mounts += host.mounts
        user = str(host.uid)
        drop = ("--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs")
        caps = ("--bounding-set=-all", "--inh-caps=-all")
        command = ("/usr/bin/setpriv", *drop, *caps, "--", *command)
    spec = SandboxSpec(tuple(mounts), root, pid_one=True, own_network=False, hostname=NAME)
    return bubblewrap_argv(host.bubblewrap, spec, command)
