"""Starts and stops a platform: the agent, and the two services that it keeps running."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from nuages.agent.records import Records, has_orphans
from nuages.cli.errors import DID_NOT_START, PORT_IN_USE, RUNS_ALREADY
from nuages.cli.preparation import (
    Wishes,
    check_home,
    check_port,
    decide_settings,
    kept_environment,
    load_settings,
    save_settings,
)
from nuages.client.client import Client
from nuages.client.errors import FORBIDDEN, UNREACHABLE
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.platform import PlatformSettings
from nuages.core.service import ServiceSpec
from nuages.engines.local.client import (
    describe_agent,
    ensure_agent,
    is_running,
    keep_service,
    list_services,
    shutdown,
    stop_service,
)
from nuages.route.service import PROXY_UID, find_caddy, prepare_proxy, proxy_service
from nuages.system.command import LocalRunner
from nuages.system.sandbox_host import require_sandbox

CONTROL = "control"
PROXY = "proxy"
# In seconds: until a platform is healthy after its start, and between two looks at it.
START_WITHIN = 60.0
_LOOK = 0.03
_WATCH = 2.0
# Lines of a service's log that an error shows.
_TAIL = 20


@dataclass(frozen=True, slots=True)
class Crash:
    """A service that ended and is started again: its name, how it ended, how often so far."""

    name: str
    exit: str
    restarts: int


@dataclass(frozen=True, slots=True)
class PlatformLogs:
    """The logs of the services, from a moment on: `sizes` are their lengths in bytes then."""

    sizes: dict[Path, int]

    @classmethod
    def now(cls, home: Home) -> PlatformLogs:
        """From now on."""
        paths = [home.logs / "platform" / f"{name}.log" for name in (PROXY, CONTROL)]
        return cls({path: path.stat().st_size if path.exists() else 0 for path in paths})

    def since(self) -> str:
        """The last lines that were written since then, each with its service's name."""
        lines: list[str] = []
        for path, size in self.sizes.items():
            with contextlib.suppress(OSError), path.open("rb") as log:
                log.seek(size)
                text = log.read().decode(errors="replace")
                lines += [f"{path.stem}: {line}" for line in text.splitlines()[-_TAIL:]]
        return "\n".join(lines)


def start_platform(home: Home, wishes: Wishes, *, take_over: bool = False) -> PlatformSettings:
    """Start the platform of `home`, and return when it is healthy. With `take_over`, one that
    runs already is no error: what differs from the wishes is started anew, the rest runs on.

    Raises cli.E010 to E017, and system.E001 and E002 where no sandbox can be had.
    """
    check_home(home)
    with _one_start_at_a_time(home):
        former = load_settings(home) if wishes.http_port is None else _readable_settings(home)
        if not take_over:
            _refuse_second(home, former)
        settings = decide_settings(
            wishes, former, os.geteuid() == 0, lambda wanted: _check_address(home, wanted)
        )
        if settings.sandbox:
            require_sandbox(LocalRunner())
        find_caddy(LocalRunner())
        save_settings(home, settings)
        logs = PlatformLogs.now(home)
        try:
            ensure_agent(home)
            _keep_services(home, settings)
            _await_health(home, logs)
        except BaseException:
            stop_platform(home, apps=False)
            raise
    return settings


def restore_platform(home: Home, settings: PlatformSettings) -> None:
    """Have an agent keep the services again, after the agent before it has gone."""
    ensure_agent(home)
    _keep_services(home, settings)


def watch_platform(home: Home, settings: PlatformSettings, tell: Callable[[str], None]) -> None:
    """Tell of services that crash, and replace an agent that has gone, until the platform is
    stopped by another command."""
    seen: dict[str, int] = {row["name"]: row["restarts"] for row in list_services(home)}
    while True:
        time.sleep(_WATCH)
        rows = _services_now(home)
        if not _is_kept(home):
            return
        if rows is None:
            tell("The agent has gone; starting another one. Apps go on.")
            restore_platform(home, settings)
            seen.clear()
            continue
        for crash in _new_crashes(seen, rows):
            tell(f"{crash.name} ended ({crash.exit}) and was started again")


def _services_now(home: Home) -> list[dict[str, Any]] | None:
    """The services as the agent sees them; None where no agent answers."""
    try:
        return list_services(home)
    except (NuagesError, OSError):
        return None


def _is_kept(home: Home) -> bool:
    """Whether the platform is to run. What a killed agent kept stands in its records; a stop
    takes it out of them first."""
    return any(record.spec.name == CONTROL for record in Records(home).services())


class Stopped(Enum):
    """What stopping a platform found and left."""

    NOTHING_RAN = "nothing ran"
    APPS_LEFT = "apps go on"
    ALL_GONE = "nothing is left"


def stop_platform(home: Home, *, apps: bool) -> Stopped:
    """Stop the services, and the apps too if `apps`. The agent stays as long as apps run."""
    try:
        home.agent_socket.stat()
    except PermissionError:
        raise NuagesError(FORBIDDEN, f"No permission for the platform in {home.path}") from None
    except OSError:
        return Stopped.NOTHING_RAN
    if not is_running(home):
        if not has_orphans(home):
            return Stopped.NOTHING_RAN
        ensure_agent(home)
    # The control plane first, so that it does not take an app's end for a crash.
    stop_service(home, CONTROL)
    return Stopped.APPS_LEFT if shutdown(home, apps=apps) else Stopped.ALL_GONE


def control_service(home: Home) -> ServiceSpec:
    """The control plane, as the agent runs it."""
    env = kept_environment(os.environ)
    return ServiceSpec(
        name=CONTROL,
        argv=(sys.executable, "-P", "-m", "nuages.control", str(home.path)),
        env=tuple(sorted({**env, "NUAGES_HOME": str(home.path)}.items())),
        log=home.logs / "platform" / f"{CONTROL}.log",
    )


def _keep_services(home: Home, settings: PlatformSettings) -> None:
    (home.logs / "platform").mkdir(parents=True, exist_ok=True)
    uid = PROXY_UID if os.geteuid() == 0 and settings.sandbox else None
    # Where apps have a network among them, the proxy answers to their internal names too.
    internal = bool(describe_agent(home)["internal"])
    prepare_proxy(home, settings, uid, internal=internal)
    keep_service(home, proxy_service(home, settings, uid, internal=internal))
    keep_service(home, control_service(home))


def _await_health(home: Home, logs: PlatformLogs) -> None:
    """Return when every part works. Raises cli.E017 with the log of the part that does not."""
    client = Client(home)
    deadline = time.monotonic() + START_WITHIN
    reason = "it gave no answer"
    before = {row["name"]: row["restarts"] for row in list_services(home)}
    while time.monotonic() < deadline:
        try:
            status = client.status()
        except NuagesError as error:
            reason = error.message
        else:
            if status["healthy"]:
                return
            ill = [part["name"] for part in status["parts"] if part["status"] != "running"]
            reason = f"{', '.join(ill) or 'a part'} is not running"
        crashed = [row for row in list_services(home) if row["restarts"] > before[row["name"]] + 2]
        if crashed:
            reason = f"{crashed[0]['name']} ended again and again ({crashed[0]['exit']})"
            break
        time.sleep(_LOOK)
    raise NuagesError(
        DID_NOT_START, f"The platform in {home.path} did not start: {reason}", details=logs.since()
    )


def _refuse_second(home: Home, former: PlatformSettings | None) -> None:
    try:
        status = Client(home).status()
    except NuagesError as error:
        if error.code == UNREACHABLE:
            return
        raise
    where = former.http_port if former else status["http"]["port"]
    raise NuagesError(RUNS_ALREADY, f"The platform in {home.path} runs already, on port {where}")


def _check_address(home: Home, wanted: PlatformSettings) -> None:
    """Raise where the proxy could not listen. What our own agent holds is in use and yet ours,
    and so is what a proxy holds whose agent was killed."""
    try:
        if not _is_held(home, wanted.listen):
            check_port(wanted)
    except NuagesError as error:
        if error.code != PORT_IN_USE or is_running(home) or not has_orphans(home):
            raise
        ensure_agent(home)
        if not _is_held(home, wanted.listen):
            raise


def _is_held(home: Home, address: str) -> bool:
    """Whether our own agent listens there."""
    return is_running(home) and any(address in row["listen"] for row in list_services(home))


def _readable_settings(home: Home) -> PlatformSettings | None:
    """The former settings where they can be read; a port given anew mends broken ones."""
    try:
        return load_settings(home)
    except NuagesError:
        return None


def _new_crashes(seen: dict[str, int], rows: list[dict[str, Any]]) -> list[Crash]:
    crashes = [
        Crash(row["name"], str(row["exit"]), int(row["restarts"]))
        for row in rows
        if int(row["restarts"]) > seen.get(row["name"], 0)
    ]
    seen.update({row["name"]: int(row["restarts"]) for row in rows})
    return crashes


@contextlib.contextmanager
def _one_start_at_a_time(home: Home) -> Iterator[None]:
    """Hold the lock of starting; a second start at the same moment is told so."""
    path = Path(home.run, "up.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise NuagesError(
            RUNS_ALREADY, f"The platform in {home.path} is being started by another command"
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)
