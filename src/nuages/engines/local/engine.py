"""The local engine: releases run on this host, under its agent, in sandboxes."""

from __future__ import annotations

import functools
import http.client
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nuages.core.app import EnvironmentName
from nuages.core.engine import InstanceStatus, OneOff, Session, Volume
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.pages import Visit
from nuages.core.platform import PlatformSettings
from nuages.core.process import Kind, ProcessSpec
from nuages.core.release import Release
from nuages.core.tracebacks import shorten
from nuages.engines.local import client
from nuages.engines.local.errors import (
    INSTANCE_FAILED,
    NO_METRICS,
    NOTHING_PRINTED,
    TOO_SLOW,
    UNHEALTHY,
)
from nuages.engines.local.inside import render_etc, render_hosts
from nuages.engines.local.plan import (
    Surroundings,
    has_copied_python,
    plan_exporter,
    plan_one_off,
    plan_processes,
    with_counts,
)
from nuages.engines.local.sessions import LocalSession
from nuages.engines.local.users import environment_uid
from nuages.route import media, sites
from nuages.run.health import Answer, Asked, Verdict, judge, visit_site
from nuages.system.command import LocalRunner
from nuages.system.files import remove_tree
from nuages.system.network import read_resolv_conf
from nuages.system.sandbox_host import (
    SandboxHost,
    host_python,
    require_sandbox,
    top_links,
    top_mounts,
)
from nuages.system.sockets import connect_unix

_LAST_LINES = 20
_ASK_SECONDS = 30.0
# For an exporter that is just being started.
_METRICS_SECONDS = 10.0
_BESIDE_SECONDS = 5.0
# What an instance prints about a request reaches its log a little later than its answer us.
_LINES_SECONDS = 0.5


class LocalEngine:
    """`core.engine.Engine` on one host. The agent is started where none runs."""

    def __init__(self, home: Home, settings: PlatformSettings) -> None:
        self._home = home
        self._settings = settings

    def ensure_volume(self, environment: EnvironmentName) -> Volume:
        """The environment's volume, made if it is not there."""
        label = environment.label
        uid = environment_uid(self._home, label)
        path = self._home.volumes / label
        new = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        if uid is not None and path.stat().st_uid != uid:
            os.chown(path, uid, uid)
        if new:
            media.serve_media(self._home, label, path, public=True)
        media.ensure_media(self._home, label, path)
        return Volume(path, media.media_folder(self._home, label, path), uid)

    def open(self, one_off: OneOff) -> Session:
        """Start a one-off command."""
        client.ensure_agent(self._home)
        volume = self.ensure_volume(one_off.environment) if one_off.volume else None
        peers = one_off.peers if one_off.network else ()
        name = f"{one_off.environment.label}.{one_off.purpose}-{secrets.token_hex(4)}"
        around = self._surroundings(one_off.environment, one_off.image, peers, name)
        if one_off.exchange is not None and around.uid is not None:
            os.chown(one_off.exchange, around.uid, around.uid)
        launch = plan_one_off(one_off, volume, around)
        if around.bubblewrap:
            return LocalSession(self._home, one_off, launch)
        self._copy_app(around, one_off.image, volume)
        try:
            return LocalSession(self._home, one_off, launch, around.copies)
        except BaseException:
            remove_tree(around.copies)
            raise

    def run_once(self, one_off: OneOff, on_output: Callable[[bytes], None]) -> int:
        """Run a one-off command to its end; its exit code (124: it took too long)."""
        session = self.open(one_off)
        session.write(b"")
        for chunk in session.output():
            on_output(chunk)
        return session.wait()

    def start(self, release: Release, processes: Sequence[str], *, gated: bool) -> None:
        """Start what is missing of these process types, without waiting."""
        client.ensure_agent(self._home)
        wanted = [spec for spec in release.processes if spec.name in processes]
        self._ask("start", key=release.key, **self._plans(release, wanted), gated=gated)

    def open_gate(self, release: Release) -> None:
        """The release commands are done."""
        self._ask("open_gate", key=release.key)

    def wait_ready(self, release: Release) -> tuple[Visit, ...]:
        """Return when all instances are ready and the socket answers well, with what was asked.
        Raises engines.E003, E004 or E005 with the last lines of the log."""
        answer = self._ask("wait_ready", key=release.key, timeout=release.health_timeout)
        self._raise_failed(answer["failed"], release)
        if any(process.kind is Kind.WEB and process.count for process in release.processes):
            return self._ask_outside(release)
        return ()

    def current(self, environment: EnvironmentName) -> int | None:
        """The version that gets the traffic now."""
        return sites.current(self._home, environment.label)

    def switch(self, release: Release, *, serve_media: bool) -> None:
        """Give the release the traffic, atomically."""
        label = release.environment.label
        volume = self.ensure_volume(release.environment)
        media.serve_media(self._home, label, volume.path, public=serve_media)
        sites.publish_release(self._home, release, serve_media)
        sites.switch(self._home, label, release.version)

    def retire(self, environment: EnvironmentName, version: int, *, drain: bool) -> None:
        """Stop a release: returns when its queue is drained and its instances are told."""
        # After an agent that was killed, the next one finds the instances.
        client.ensure_agent(self._home)
        key = f"{environment.label}.v{version}"
        if not self._ask("retire", key=key, drain=drain)["known"]:
            remove_tree(self._home.proxy / "releases" / key)
            remove_tree(self._home.agent / "copies" / key)

    def scale(self, release: Release, counts: Mapping[str, int]) -> None:
        """Start and stop instances until the counts hold and all are ready."""
        plans = self._plans(release, with_counts(release, counts))
        self._ask("scale", key=release.key, **plans)
        answer = self._ask("wait_ready", key=release.key, timeout=release.health_timeout)
        self._raise_failed(answer["failed"], release)

    def restart(self, release: Release) -> None:
        """Replace every instance, new ones first. Raises as `wait_ready`; the old ones stay."""
        answer = self._ask(
            "restart",
            key=release.key,
            **self._plans(release, release.processes),
            timeout=release.health_timeout,
        )
        self._raise_failed(answer["failed"], release)

    def set_hosts(self, environment: EnvironmentName, hosts: Sequence[str]) -> None:
        """Make exactly these host names lead to the environment."""
        sites.set_hosts(self._home, environment.label, hosts)

    def instances(self, environment: EnvironmentName | None = None) -> list[InstanceStatus]:
        """What runs; nothing where no agent does."""
        if not client.is_running(self._home):
            return []
        label = environment.label if environment else None
        rows = self._ask("instances", label=label)["instances"]
        return [_status(row) for row in rows]

    def metrics(self, environment: EnvironmentName) -> str:
        """What its instances measure. Raises engines.E008 where no exporter runs or answers."""
        path = self._home.metrics_socket(environment.label)
        connection = _UnixConnection(path, _METRICS_SECONDS)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NuagesError(
                NO_METRICS, f"Nothing that '{environment}' measures is received: {error!r}"
            ) from None
        finally:
            connection.close()

    def remove(self, environment: EnvironmentName, *, data: bool) -> None:
        """Stop everything of the environment and forget it; its volume and logs too if `data`."""
        label = environment.label
        # After an agent that was killed, the next one finds what runs: its data are in use.
        client.ensure_agent(self._home)
        self._ask("remove", label=label)
        for copy in (self._home.agent / "copies").glob(f"{label}.*"):
            remove_tree(copy)
        sites.remove(self._home, label)
        remove_tree(self._home.agent / "etc" / label)
        if data:
            media.remove_media(self._home, label)
            remove_tree(self._home.volumes / label)
            remove_tree(self._home.logs / label)

    def _ask(self, operation: str, **fields: Any) -> dict[str, Any]:
        return client.ask(self._home, operation, **fields)

    def _plans(self, release: Release, specs: Sequence[ProcessSpec]) -> dict[str, Any]:
        """What the agent is told of these process types, and of the environment's exporter."""
        volume = self.ensure_volume(release.environment)
        around = self._surroundings(release.environment, release.image, release.peers, release.key)
        self._copy_app(around, release.image, volume)
        exporter = plan_exporter(release, around)
        return {
            "processes": [p.to_json() for p in plan_processes(release, specs, volume, around)],
            "exporter": exporter.to_json() if exporter else None,
        }

    def _surroundings(
        self, environment: EnvironmentName, image: Image, peers: Sequence[str], what: str
    ) -> Surroundings:
        """`what` is the name of the release or the one-off. Raises system.E001 where this host
        cannot sandbox and has not been told to go on."""
        label = environment.label
        uid = environment_uid(self._home, label)
        etc = self._home.agent / "etc" / label
        etc.mkdir(parents=True, exist_ok=True)
        gateway = client.describe_agent(self._home)["gateway"] if peers else ""
        own = os.geteuid() if uid is None else uid
        # A bridge has no IPv6, pasta has what the host has.
        resolv = read_resolv_conf(ipv6=os.geteuid() != 0)
        for name, text in render_etc(own, peers, gateway, label, resolv).items():
            _write_if_other(etc / name, text)
        if gateway:
            self._name_peers(peers, gateway)
        host = _sandbox_host() if self._settings.sandbox else SandboxHost("", os.geteuid() == 0)
        return Surroundings(
            bubblewrap=host.program,
            root=host.root,
            links=top_links(),
            tops=top_mounts(),
            uid=uid if host.program else None,
            etc=etc,
            interpreter=host_python(image.python, image.python_version),
            copies=self._home.agent / "copies" / what,
            nested=host.nested,
        )

    def _name_peers(self, peers: Sequence[str], gateway: str) -> None:
        """Let the apps that run already know a new one by name."""
        for label in peers:
            hosts = self._home.agent / "etc" / label / "hosts"
            if hosts.is_file():
                _write_if_other(hosts, render_hosts(peers, gateway, label))

    def _copy_app(self, around: Surroundings, image: Image, volume: Volume | None) -> None:
        """Once for each release: its instances run from there."""
        if not around.bubblewrap and not (around.copies / "app").exists():
            # Seldom.
            from nuages.engines.local.unsandboxed import (  # noqa: PLC0415
                copy_app,
                link_environment,
            )

            if image.python is not None and has_copied_python(image):
                link_environment(image.venv, image.python.folder, around.copies / "venv")
            data = volume.path if volume else around.copies / "data"
            copy_app(image.app, around.copies, data)

    def _raise_failed(self, failed: dict[str, Any] | None, release: Release) -> None:
        if failed is None:
            return
        name, details = failed["process"], _last_lines(Path(failed["log"]), failed["offset"])
        if failed["failure"]:
            what = failed["failure"]
            # What it says of itself is a sentence of its own; what we saw of it is not.
            joint = " " if what.startswith(("ended ", "was ended ", "ran out ")) else ": "
            raise NuagesError(
                INSTANCE_FAILED,
                f"A '{name}' instance{joint}{what}",
                details=details,
                hint=None if details else NOTHING_PRINTED,
            )
        raise NuagesError(
            TOO_SLOW,
            f"A '{name}' instance was not ready after {release.health_timeout:g} s",
            details=details,
        )

    def _ask_outside(self, release: Release) -> tuple[Visit, ...]:
        """Requests through the release's queue, as the proxy would send them."""
        readiness = release.env.get("NUAGES_READINESS")
        host = json.loads(readiness.reveal())["host"] if readiness else release.hosts[0]
        visits, failed = visit_site(
            release.health_path,
            release.pages,
            lambda path, asked: self._visit(release, host, path, asked),
        )
        if failed is None:
            return visits
        raise NuagesError(
            UNHEALTHY,
            f"Asked for {failed.path} as {host}, {failed.problem}",
            details=failed.printed,
        )

    def _visit(self, release: Release, host: str, path: str, asked: Asked) -> Visit:
        socket_path = self._home.proxy / "releases" / release.key / "web.sock"
        logs = self._web_logs(release)
        try:
            most = _BESIDE_SECONDS if asked is Asked.BESIDE else _ASK_SECONDS
            connection = _UnixConnection(socket_path, min(release.health_timeout, most))
            status, location = _get(connection, host, path, release.scheme)
        except (OSError, http.client.HTTPException) as error:
            status, verdict = 0, Verdict(False, f"it did not answer: {error!r}")
        else:
            url = f"{release.scheme}://{host}{path}"
            verdict = judge(Answer(url, status, location), asked)
        printed = "" if verdict.healthy else _printed_since(logs)
        return Visit(path, status, verdict.reason, printed)

    def _web_logs(self, release: Release) -> list[tuple[Path, int, int]]:
        """The log of each of the release's web instances: where its lines begin, and its end."""
        web = {process.name for process in release.processes if process.kind is Kind.WEB}
        rows = self._ask("instances", label=release.environment.label)["instances"]
        mine = [r for r in rows if r["version"] == release.version and r["process"] in web]
        logs = [(Path(row["log"]), row["offset"]) for row in mine]
        return [(log, start, log.stat().st_size if log.exists() else 0) for log, start in logs]


def make_engine(home: Home) -> LocalEngine:
    """The engine of a state directory, as its platform was started."""
    try:
        settings = PlatformSettings.from_json(json.loads(home.settings.read_text()))
    except FileNotFoundError:
        settings = PlatformSettings(http_port=8000)
    return LocalEngine(home, settings)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock: socket.socket = connect_unix(self._path, self.timeout)


def _get(connection: _UnixConnection, host: str, path: str, scheme: str) -> tuple[int, str]:
    try:
        headers = {
            "Host": host,
            "X-Forwarded-Proto": scheme,
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Host": host,
            "User-Agent": "nuages-health",
            "Connection": "close",
        }
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Location", "")
    finally:
        connection.close()


@functools.cache
def _sandbox_host() -> SandboxHost:
    """Tried once a process: it starts a sandbox."""
    return require_sandbox(LocalRunner())


def _status(row: Mapping[str, Any]) -> InstanceStatus:
    return InstanceStatus(
        id=row["id"],
        environment=row["label"],
        release=row["version"],
        process=row["process"],
        status=row["status"],
        pid=row["pid"],
        started=row["started"],
        restarts=row["restarts"],
        memory=row["memory"],
        exit=row["exit"],
    )


def _printed_since(logs: list[tuple[Path, int, int]]) -> str:
    """The last lines that were printed after the ends that were noted, which take a moment to
    come; else those of the first instance."""
    latest = time.monotonic() + _LINES_SECONDS
    while True:
        new = [_last_lines(log, end) for log, _, end in logs]
        found = next(filter(None, new), "")
        if found or time.monotonic() > latest:
            return found or next((_last_lines(log, start) for log, start, _ in logs), "")
        time.sleep(0.02)


def _last_lines(path: Path, offset: int) -> str:
    """The last lines of a log from `offset` on."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(offset, end - 65536))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(shorten(text).splitlines()[-_LAST_LINES:])


def _write_if_other(path: Path, text: str) -> None:
    """Sandboxes bind the file itself, so it is written in place: what runs sees it at once. A
    power cut in between leaves nothing to repair, because every start writes it again."""
    if path.is_file() and path.read_text() == text:
        return
    with path.open("a+") as stream:
        os.fchmod(stream.fileno(), 0o644)
        stream.truncate(0)
        stream.write(text)
