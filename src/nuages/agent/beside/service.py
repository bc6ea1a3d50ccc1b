"""The platform's own programs (proxy, control plane): kept running, their sockets kept bound."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nuages.agent.child import Child
from nuages.agent.errors import NO_INTERNAL_NETWORK
from nuages.agent.host import STEADY_SECONDS, Host, describe_exit, next_delay
from nuages.agent.loop import Timer
from nuages.agent.records import ServiceRecord
from nuages.core.errors import NuagesError
from nuages.core.service import ServiceSpec
from nuages.system.logfile import open_log
from nuages.system.processes import Identity, find_descriptor, open_process, take_descriptor
from nuages.system.scheduling import set_scheduling
from nuages.system.sockets import listen_tcp
from nuages.system.spawn import Spawn

_FIRST_LISTENER = 3
# An address that means the platform's gateway, as its own instances see it.
_INTERNAL = "internal"


class Service:
    """One program that is started again whenever it ends. `changed` is called when what has to
    be remembered of it is another."""

    def __init__(self, host: Host, spec: ServiceSpec, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.started: float | None = None
        self.restarts = 0
        self.exit = ""
        self._host = host
        self._changed = changed
        self._child: Child | None = None
        self._listeners: list[socket.socket] = []
        self._attempts = 0
        self._timers: list[Timer] = []
        self._stopped: list[Callable[[], None]] | None = None

    def open(self) -> None:
        """Bind the sockets and start it. Raises system.E010 to E012 and agent.E004."""
        try:
            for address in self.spec.listen:
                self._listeners.append(listen_tcp(self._resolve(address)))
        except NuagesError:
            self._close()
            raise
        self._start()

    def adopt(self, record: ServiceRecord) -> bool:
        """Take over the running program and its sockets; False where it has ended, or where it
        keeps its sockets to itself (then it is ended, because a second one could not listen)."""
        if record.outer is None:
            return False
        child = Child.adopt(self._host.loop, record.outer, record.inner, self._ended)
        if child is None:
            return False
        self._child, self.started = child, record.started
        self._host.logs.add(self.spec.log)
        try:
            self._listeners = [_take(record, inode) for inode in record.inodes]
        except OSError:
            child.kill()
        return True

    def replace(self, spec: ServiceSpec) -> None:
        """Run this specification from now on; sockets that it also has stay bound.

        Raises as `open` does, with nothing changed.
        """
        kept = dict(zip(self.spec.listen, self._listeners, strict=False))
        made = {
            address: listen_tcp(self._resolve(address))
            for address in spec.listen
            if address not in kept
        }
        for address, listener in kept.items():
            if address not in spec.listen:
                listener.close()
        self._listeners = [{**kept, **made}[address] for address in spec.listen]
        self.spec, self._attempts = spec, 0
        if self._child is None:
            self._start()
        else:
            self._later(spec.grace, self._kill)
            self._child.terminate()

    def stop(self, done: Callable[[], None]) -> None:
        """End it for good, close its sockets, then call `done`."""
        if self._stopped is not None:
            self._stopped.append(done)
            return
        self._stopped = [done]
        self._cancel()
        if self._child is None:
            self._finish()
        else:
            self._later(self.spec.grace, self._kill)
            self._child.terminate()

    def record(self) -> ServiceRecord:
        """What the next agent has to know."""
        child = self._child
        inodes = tuple(os.fstat(one.fileno()).st_ino for one in self._listeners)
        if child is None:
            return ServiceRecord(self.spec)
        return ServiceRecord(self.spec, child.outer, child.inner, self.started, inodes)

    def describe(self) -> dict[str, Any]:
        """For `services`: status running, stopping or crashed; `listen` is what is bound."""
        status = "running" if self._child else "crashed"
        return {
            "name": self.spec.name,
            "status": "stopping" if self._stopped is not None else status,
            "pid": self._child.pid if self._child else None,
            "since": self.started if self._child else None,
            "restarts": self.restarts,
            "exit": self.exit,
            "listen": list(self.spec.listen[: len(self._listeners)]),
        }

    def _start(self) -> None:
        self._cancel()
        try:
            self._launch()
        except OSError as error:
            # A full disk, no more processes: it may pass.
            self._crash(f"could not be started: {error}")
            return
        self.started = time.time()
        self._host.logs.add(self.spec.log)
        self._later(STEADY_SECONDS, self._settle)
        self._changed()

    def _launch(self) -> None:
        log = open_log(self.spec.log)
        null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        numbers = {0: null, 1: log, 2: log}
        for index, listener in enumerate(self._listeners):
            numbers[_FIRST_LISTENER + index] = listener.fileno()
        argv, env = self.spec.argv, dict(self.spec.env)
        # A program under bubblewrap has to be told of its end itself.
        sandboxed = Path(argv[0]).name == "bwrap"
        try:
            self._child = Child.start(
                self._host.loop,
                Spawn(argv, env, numbers, self._prepare),
                self._ended,
                self._inside if sandboxed else None,
            )
        finally:
            os.close(log)
            os.close(null)

    def _prepare(self) -> None:
        set_scheduling(self.spec.nice, self.spec.timer_slack)

    def _inside(self, _pid: int) -> None:
        self._changed()

    def _ended(self, code: int | None) -> None:
        self._child = None
        self._cancel()
        self._host.logs.remove(self.spec.log)
        if self._stopped is not None:
            self._finish()
            return
        self._crash(describe_exit(code))
        self._changed()

    def _crash(self, how: str) -> None:
        """Say how it ended, and start it again: at once after a long life, then ever later."""
        self.exit = how
        self.restarts += 1
        self._later(next_delay(self._attempts) if self._attempts else 0.0, self.revive)
        self._attempts += 1

    def revive(self) -> None:
        """Start it, with its sockets where they are bound; try again later where that fails."""
        if len(self._listeners) == len(self.spec.listen):
            self._start()
            return
        try:
            self.open()
        except NuagesError as error:
            self.exit = error.message
            self._later(next_delay(self._attempts), self.revive)
            self._attempts += 1

    def _settle(self) -> None:
        self._attempts = 0

    def _finish(self) -> None:
        self._close()
        for done in self._stopped or []:
            done()

    def _close(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners = []

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _resolve(self, address: str) -> str:
        """The address to bind: `internal:80` is the gateway's."""
        host, _, port = address.rpartition(":")
        if host != _INTERNAL:
            return address
        if not self._host.outward.listens:
            why = self._host.outward.described
            raise NuagesError(NO_INTERNAL_NETWORK, f"'{address}' cannot be listened on: {why}")
        return f"{self._host.outward.listens}:{port}"

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self._timers.append(self._host.loop.later(seconds, callback))

    def _cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _take(record: ServiceRecord, inode: int) -> socket.socket:
    """One listening socket back from whichever of its processes has it. OSError: none gives it."""
    for who in (record.inner, record.outer):
        if who is not None:
            with contextlib.suppress(OSError):
                return _take_from(who, inode)
    raise OSError(f"no process of {record.spec.name} gives its socket back")


def _take_from(who: Identity, inode: int) -> socket.socket:
    number = find_descriptor(who.pid, inode)
    process = open_process(who)
    if process is None:
        raise OSError("it has ended")
    try:
        if number is None:
            raise OSError("it has no such socket")
        return socket.socket(fileno=take_descriptor(process, number))
    finally:
        os.close(process)
