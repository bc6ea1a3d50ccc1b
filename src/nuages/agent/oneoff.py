"""One-off commands: started with their client's descriptors, ended with their client.

A release command is the exception: it goes on to its end whatever becomes of its client, and
the next one of the same environment waits for it, so that no two of them change a database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.agent.host import Host, describe_exit
from nuages.agent.program import Descriptors, Hooks, Program
from nuages.agent.records import InstanceRecord
from nuages.core.process import Kind
from nuages.engines.local.protocol import DOCUMENT_FD, RELEASE_PURPOSE, Launch

# timeout(1) ends with this code too.
TIMED_OUT = 124


@dataclass(frozen=True, slots=True)
class Order:
    """A one-off as it was asked for: `streams` are the descriptors of its input and output."""

    label: str
    purpose: str
    launch: Launch
    streams: tuple[int, int]
    timeout: float | None


class OneOffs:
    """All one-off commands on this host, running and waiting; `empty` is called whenever the
    last one has ended."""

    def __init__(self, host: Host, empty: Callable[[], None]) -> None:
        self._host = host
        self._empty = empty
        self._running: dict[str, _Running] = {}
        self._waiting: list[tuple[str, Order, Callable[[dict[str, Any]], None]]] = []
        self._asked: list[tuple[str, Callable[[], None]]] = []
        self._count = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs."""
        return not self._running

    def start(self, order: Order, ended: Callable[[dict[str, Any]], None]) -> str:
        """Start it, or let it wait its turn; its id. `ended` is called with `code`, `exit` and,
        where the code alone does not tell how it ended, a `note`."""
        self._count += 1
        name = f"{order.label}.{order.purpose}.{os.getpid()}-{self._count}"
        if order.purpose == RELEASE_PURPOSE and self._has_release(order.label):
            self._waiting.append((name, order, ended))
        else:
            self._start(name, order, ended)
        return name

    def adopt(self, record: InstanceRecord) -> None:
        """One of the agent before us: a release command goes on, any other has lost its client."""
        running = _Running(record.label, record.process, record.started)
        hooks = Hooks(lambda code, how: self._ended(record.id, code, how), lambda: None)
        running.program = Program.adopt(self._host, record, hooks)
        if running.program is None:
            self._host.records.forget_instance(record.id)
            return
        self._running[record.id] = running
        self._keep_log(running)
        if record.process != RELEASE_PURPOSE:
            running.program.kill()

    def client_gone(self, name: str) -> None:
        """Nobody reads its output any more."""
        running = self._running.get(name)
        if running is None:
            for entry in [entry for entry in self._waiting if entry[0] == name]:
                self._waiting.remove(entry)
                _close(entry[1])
        elif running.purpose != RELEASE_PURPOSE:
            self.kill(name)

    def kill(self, name: str) -> None:
        """End it now."""
        running = self._running.get(name)
        if running is not None and running.program is not None:
            running.program.kill()

    def kill_all(self, label: str | None = None) -> None:
        """End everything of an environment, or of all."""
        for entry in [entry for entry in self._waiting if label in (None, entry[1].label)]:
            self._waiting.remove(entry)
            _close(entry[1])
            entry[2]({"event": "ended", "code": 137, "exit": "was ended by SIGKILL"})
        for name, running in list(self._running.items()):
            if label in (None, running.label):
                self.kill(name)

    def then(self, label: str, done: Callable[[], None]) -> None:
        """Call `done` once nothing of an environment runs."""
        self._asked.append((label, done))
        self._answer()

    def describe(self) -> list[dict[str, Any]]:
        """All that run, as `instances` shows them."""
        return [
            {
                "id": name,
                "label": running.label,
                "version": 0,
                "process": running.purpose,
                "status": "running",
                "pid": running.program.pid if running.program else None,
                "started": running.started,
                "restarts": 0,
                "memory": running.program.memory() if running.program else None,
                "exit": "",
            }
            for name, running in self._running.items()
        ]

    def _start(self, name: str, order: Order, ended: Callable[[dict[str, Any]], None]) -> None:
        running = _Running(order.label, order.purpose, time.time(), ended)
        self._running[name] = running
        self._keep_log(running)
        stdin, stdout = order.streams
        descriptors = Descriptors({0: stdin, 1: stdout, 2: stdout}, DOCUMENT_FD)
        hooks = Hooks(lambda code, how: self._ended(name, code, how), lambda: self._remember(name))
        try:
            running.program = Program.start(self._host, name, order.launch, descriptors, hooks)
        except OSError as error:
            how = f"could not be started: {error}"
            self._host.loop.later(0, lambda: self._ended(name, 126, how))
        finally:
            _close(order)
        self._remember(name)
        if order.timeout is not None:
            self._host.loop.later(order.timeout, lambda: self._time_out(name))

    def _time_out(self, name: str) -> None:
        running = self._running.get(name)
        if running is not None:
            running.timed_out = True
            self.kill(name)

    def _ended(self, name: str, code: int | None, how: str) -> None:
        running = self._running.pop(name)
        if running.purpose == RELEASE_PURPOSE:
            self._host.logs.remove(self._log(running))
        self._host.records.forget_instance(name)
        if running.timed_out:
            code, how = TIMED_OUT, "took too long"
        if running.ended is not None:
            note = "" if how == describe_exit(code) else how
            running.ended({"event": "ended", "code": code, "exit": how, "note": note})
        for entry in list(self._waiting):
            if not self._has_release(entry[1].label):
                self._waiting.remove(entry)
                self._start(*entry)
        self._answer()
        if not self._running:
            self._empty()

    def _answer(self) -> None:
        busy = {one.label for one in self._running.values()}
        ready = [entry for entry in self._asked if entry[0] not in busy]
        self._asked = [entry for entry in self._asked if entry[0] in busy]
        for _, done in ready:
            done()

    def _keep_log(self, running: _Running) -> None:
        if running.purpose == RELEASE_PURPOSE:
            self._host.logs.add(self._log(running))

    def _log(self, running: _Running) -> Path:
        """Where the client lets a release command write to."""
        return self._host.home.logs / running.label / f"{RELEASE_PURPOSE}.log"

    def _has_release(self, label: str) -> bool:
        return any(
            one.label == label and one.purpose == RELEASE_PURPOSE for one in self._running.values()
        )

    def _remember(self, name: str) -> None:
        running = self._running.get(name)
        if running is None or running.program is None or running.program.child is None:
            return
        child, link = running.program.child, running.program.link
        record = InstanceRecord(
            id=name,
            key="",
            label=running.label,
            version=0,
            process=running.purpose,
            kind=Kind.WORKER,
            slot=0,
            outer=child.outer,
            inner=child.inner,
            started=running.started,
            status="running",
            restarts=0,
            log="",
            offset=0,
            number=link.number,
            pasta=link.process,
        )
        self._host.records.save_instance(record)


class _Running:
    """A one-off that runs."""

    def __init__(
        self,
        label: str,
        purpose: str,
        started: float,
        ended: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.label = label
        self.purpose = purpose
        self.started = started
        self.ended = ended
        self.program: Program | None = None
        self.timed_out = False


def _close(order: Order) -> None:
    for descriptor in order.streams:
        os.close(descriptor)
