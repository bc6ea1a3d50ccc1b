"""Speaks with the agent of a state directory: starts one, asks it, waits for its end."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.service import ServiceSpec
from nuages.engines.local.errors import AGENT_FAILED, NO_AGENT, OTHER_AGENT
from nuages.engines.local.protocol import PROTOCOL, decode_error, encode
from nuages.system.processes import identify, open_process, send_signal
from nuages.system.sockets import connect_unix, send_with
from nuages.system.spawn import detach

_CHUNK = 65536
# What the agent answers once something has ended or begun, which takes as long as it takes.
_SLOW = ("wait_ready", "restart", "retire", "remove", "stop_service", "shutdown")
# Anything else it answers at once, or after some commands for the network.
_LONGEST_SECONDS = 60.0
# What the agent needs of our environment; anything else could be somebody's secret.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHASHSEED")


class AgentChannel:
    """A connection to the agent. Answers come in the order of the requests; one that should
    come at once has `patience` seconds."""

    def __init__(self, home: Home, patience: float = _LONGEST_SECONDS) -> None:
        self._patience = patience
        try:
            self.socket: socket.socket = connect_unix(home.agent_socket, patience)
            self.socket.settimeout(None)
        except OSError as error:
            raise NuagesError(
                NO_AGENT, f"Nobody answers at {home.agent_socket} ({error.strerror})"
            ) from None
        self._received = b""

    def request(
        self, operation: str, fields: dict[str, Any], descriptors: Sequence[int] = ()
    ) -> dict[str, Any]:
        """Ask and wait for the answer. Raises the agent's error, or engines.E001 when it ends or
        does not answer what it should answer at once."""
        self.socket.settimeout(None if operation in _SLOW else self._patience)
        try:
            return self._ask(operation, fields, descriptors)
        finally:
            self.socket.settimeout(None)

    def _ask(
        self, operation: str, fields: dict[str, Any], descriptors: Sequence[int]
    ) -> dict[str, Any]:
        try:
            send_with(self.socket, encode({"op": operation, **fields}), descriptors)
        except OSError:
            raise NuagesError(NO_AGENT, "The agent has ended") from None
        answer = self.receive()
        if answer is None:
            raise NuagesError(NO_AGENT, f"The agent ended while it was asked to {operation}")
        if "error" in answer:
            raise decode_error(answer["error"])
        return answer

    def receive(self) -> dict[str, Any] | None:
        """The next line; None when the agent has ended."""
        while b"\n" not in self._received:
            try:
                data = self.socket.recv(_CHUNK)
            except TimeoutError:
                silence = f"The agent has not answered for {self._patience:g} s"
                raise NuagesError(NO_AGENT, silence) from None
            except OSError:
                return None
            if not data:
                return None
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


@contextmanager
def open_channel(home: Home) -> Iterator[AgentChannel]:
    """A connection that is closed afterwards. Raises engines.E001."""
    channel = AgentChannel(home)
    try:
        yield channel
    finally:
        channel.close()


def ask(home: Home, operation: str, **fields: Any) -> dict[str, Any]:
    """One request on a connection of its own. Raises what `AgentChannel.request` raises."""
    with open_channel(home) as channel:
        return channel.request(operation, fields)


def is_running(home: Home) -> bool:
    """Whether an agent answers. A connection alone says little: a program that a killed agent
    was just about to start holds its socket for a moment longer."""
    try:
        describe_agent(home)
    except NuagesError:
        return False
    return True


def ensure_agent(home: Home) -> None:
    """Start an agent, detached from us, where none answers; return when it takes requests. One
    of another version is replaced; apps run on.

    Raises engines.E002 with the last lines of its log, and engines.E007.
    """
    if _has_our_agent(home):
        return
    home.run.mkdir(parents=True, exist_ok=True)
    lock = os.open(home.run / "agent.starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _has_our_agent(home):
            if is_running(home):
                _end_agent(home, describe_agent(home)["pid"])
            _start_agent(home)
    finally:
        os.close(lock)


def watch_agent(home: Home) -> None:
    """Block until the agent is gone. Raises engines.E001 where there is none."""
    with open_channel(home) as channel:
        channel.socket.sendall(encode({"op": "watch"}))
        while channel.receive() is not None:
            continue


def describe_agent(home: Home) -> dict[str, Any]:
    """`pid`, `network` and `limits` in words, `gateway`, `internal`. Raises engines.E001."""
    return ask(home, "hello")


def keep_service(home: Home, spec: ServiceSpec) -> dict[str, Any]:
    """Have this service running from now on, by this specification: an other one is replaced.

    Raises system.E010 to E012 where an address cannot be listened on.
    """
    return ask(home, "keep_service", spec={**asdict(spec), "log": str(spec.log)})


def stop_service(home: Home, name: str) -> None:
    """End a service for good; returns when it has ended. One that is not kept is no error."""
    ask(home, "stop_service", name=name)


def list_services(home: Home) -> list[dict[str, Any]]:
    """`name`, `status`, `pid`, `since`, `restarts`, `exit`, `listen` of every service."""
    rows: list[dict[str, Any]] = ask(home, "services")["services"]
    return rows


def services(home: Home) -> dict[str, int | None]:
    """Name and pid of the agent and of every service (None: it does not run)."""
    found: dict[str, int | None] = {"agent": describe_agent(home)["pid"]}
    found.update({row["name"]: row["pid"] for row in list_services(home)})
    return found


def shutdown(home: Home, *, apps: bool) -> bool:
    """Stop all services, and all apps too if `apps`; whether apps are left, and so the agent.

    No agent is no error.
    """
    if not is_running(home):
        return False
    with open_channel(home) as channel:
        left = bool(channel.request("shutdown", {"apps": apps})["left"])
        while not left and channel.receive() is not None:
            continue
    return left


def _has_our_agent(home: Home) -> bool:
    try:
        return bool(describe_agent(home)["protocol"] == PROTOCOL)
    except NuagesError:
        return False


def _end_agent(home: Home, pid: int) -> None:
    """Have an agent end; what it remembers of apps and services is for the next one."""
    who = identify(pid)
    process = None if who is None else open_process(who)
    if process is None:
        return
    try:
        send_signal(process, signal.SIGTERM)
        ended = select.poll()
        ended.register(process)
        if not ended.poll(_LONGEST_SECONDS * 1000):
            raise NuagesError(OTHER_AGENT, f"The agent of {home.path} (pid {pid}) still runs")
    finally:
        os.close(process)


def _start_agent(home: Home) -> None:
    log = home.logs / "platform" / "agent.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # -P: what lies in the current folder is not ours to import.
    argv = (sys.executable, "-P", "-m", "nuages.agent", str(home.path.absolute()))
    if detach(argv, env, log):
        return
    lines = log.read_text(errors="replace").splitlines()[-20:]
    raise NuagesError(AGENT_FAILED, f"No agent for {home.path}", details="\n".join(lines))
