"""One slot of a process type: the copy that runs in it, its readiness, its next start."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from nuages.agent.host import STEADY_SECONDS, Host, next_delay
from nuages.agent.loop import Timer
from nuages.agent.program import Descriptors, Hooks, Program
from nuages.agent.records import InstanceRecord
from nuages.core.process import Kind
from nuages.engines.local.protocol import (
    DOCUMENT_FD,
    GATE_FD,
    LISTENER_FD,
    READY_FD,
    WEB_DOCUMENT_FD,
    ProcessPlan,
)
from nuages.system.logfile import open_log

# A worker says nothing when it is up: one that has lived this long is.
_WORKER_SECONDS = 1.0
# So many ends in a row: about a quarter of a minute of starts.
_HOPELESS = 5
_OPEN = b"g"
_LONGEST_REPORT = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance stands: its release's key, label and version, its process type and its
    slot (from 1). Its log is shared by its successors in other releases."""

    key: str
    label: str
    version: int
    process: str
    kind: Kind
    slot: int

    @property
    def id(self) -> str:
        return f"{self.key}.{self.process}.{self.slot}"

    @property
    def log_name(self) -> str:
        return f"{self.process}.{self.slot}.log"


class Owner(Protocol):
    """The release of an instance: it has the socket that a new copy needs."""

    def changed(self, instance: Instance) -> None:
        """Its status, or what is known of its failure, is another one now."""

    def start_again(self, instance: Instance) -> None:
        """It is time for its next copy."""


class Instance:
    """A slot and the copy in it; its `owner` is told of every change.

    `status`: starting, ready (web), running (others), stopping, crashed, ended (never again).
    """

    def __init__(self, host: Host, place: Place, owner: Owner) -> None:
        self.place = place
        self.status = "crashed"
        self.plan: ProcessPlan | None = None
        self.failure = ""
        self.exit = ""
        self.restarts = 0
        self.offset = 0
        self._inode = 0
        self.started: float | None = None
        self.log = host.home.logs / place.label / place.log_name
        self._host = host
        self._owner = owner
        self._program: Program | None = None
        self._gate: int | None = None
        self._ready: int | None = None
        self._report = b""
        self._attempts = 0
        self._again_at_once = False
        self._timers: list[Timer] = []

    @property
    def is_up(self) -> bool:
        """Whether it is ready for work."""
        return self.status in ("ready", "running")

    @property
    def is_failing(self) -> bool:
        """Whether it has ended so often that nobody should wait for it."""
        return self._attempts >= _HOPELESS and not self.is_up

    @property
    def pid(self) -> int | None:
        return self._program.pid if self._program else None

    def start(self, plan: ProcessPlan, listener: int | None, *, gated: bool) -> None:
        """Start a copy. `listener` is the release's socket, for web instances; a `gated` one
        stays before its first database connection until `open_gate`."""
        self._cancel()
        self.plan = plan
        self.failure = ""
        self._report = b""
        self.started = time.time()
        self.status = "starting"
        try:
            self._launch(plan, listener)
        except OSError as error:
            # A full disk, no more processes: it may pass.
            self._close_pipes()
            self._crash(f"could not be started: {error}")
            return
        self._host.logs.add(self.log)
        if not gated:
            self.open_gate()
        if self.place.kind is not Kind.WEB:
            self._later(_WORKER_SECONDS, lambda: self._become("running"))
        self.save()
        self._owner.changed(self)

    def _launch(self, plan: ProcessPlan, listener: int | None) -> None:
        theirs = [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)]
        try:
            log = open_log(self.log)
            theirs.append(log)
            self.offset = os.fstat(log).st_size
            numbers = {0: theirs[0], 1: log, 2: log}
            document = DOCUMENT_FD
            if self.place.kind is Kind.WEB and listener is not None:
                document = WEB_DOCUMENT_FD
                numbers[LISTENER_FD] = listener
                numbers.update(self._make_pipes(theirs))
                self._inode = os.fstat(listener).st_ino
            descriptors = Descriptors(numbers, document)
            hooks = Hooks(self._ended, self.save)
            self._program = Program.start(
                self._host, self.place.id, plan.launch, descriptors, hooks
            )
        finally:
            for descriptor in theirs:
                os.close(descriptor)

    @classmethod
    def adopt(cls, host: Host, record: InstanceRecord, owner: Owner) -> Instance | None:
        """The copy that an agent before us started; None where it has ended. One that was not
        ready yet is ended: nobody is left to whom it could say so."""
        place = Place(
            record.key, record.label, record.version, record.process, record.kind, record.slot
        )
        instance = cls(host, place, owner)
        instance._program = Program.adopt(host, record, Hooks(instance._ended, instance.save))
        if instance._program is None:
            return None
        instance.status, instance.restarts = record.status, record.restarts
        instance.started, instance.offset = record.started, record.offset
        instance._inode = record.inode
        host.logs.add(instance.log)
        if instance.status == "starting":
            instance.status = "stopping"
            instance._program.kill()
        return instance

    def open_gate(self) -> None:
        """The release commands are done."""
        if self._gate is not None:
            try:
                os.write(self._gate, _OPEN)
            except BrokenPipeError:
                return  # it has ended, and its end is on its way to us
            finally:
                os.close(self._gate)
                self._gate = None

    def stop(self, grace: float) -> None:
        """Ask it to end, end it after `grace` seconds, and do not start it again."""
        self._cancel()
        if self._program is None:
            self._finish()
            return
        self._later(grace, self._kill)
        if self.status != "stopping":
            self.status = "stopping"
            self.save()
            self._program.terminate()
        self._owner.changed(self)

    def restart(self, plan: ProcessPlan, grace: float) -> None:
        """End this copy and start the next one as soon as it has ended."""
        self.plan = plan
        self._again_at_once = True
        if self._program is None:
            self._cancel()
            self._start_again()
        else:
            self._later(grace, self._kill)
            self._program.terminate()

    def save(self) -> None:
        """Remember what runs."""
        program = self._program
        if program is None or program.child is None:
            return
        record = InstanceRecord(
            id=self.place.id,
            key=self.place.key,
            label=self.place.label,
            version=self.place.version,
            process=self.place.process,
            kind=self.place.kind,
            slot=self.place.slot,
            outer=program.child.outer,
            inner=program.child.inner,
            started=self.started or 0.0,
            status=self.status,
            restarts=self.restarts,
            log=str(self.log),
            offset=self.offset,
            inode=self._inode,
            number=program.link.number,
            pasta=program.link.process,
        )
        self._host.records.save_instance(record)

    def describe(self) -> dict[str, Any]:
        """For `instances` and for errors."""
        return {
            "id": self.place.id,
            "label": self.place.label,
            "version": self.place.version,
            "process": self.place.process,
            "status": self.status,
            "pid": self.pid,
            "started": self.started if self._program else None,
            "restarts": self.restarts,
            "memory": self._program.memory() if self._program else None,
            "exit": self.exit,
            "failure": self.failure,
            "log": str(self.log),
            "offset": self.offset,
        }

    def _make_pipes(self, theirs: list[int]) -> dict[int, int]:
        """Ready and gate: our ends are kept, theirs are added to what is closed afterwards."""
        self._ready, ready = os.pipe()
        gate, self._gate = os.pipe()
        theirs += [ready, gate]
        self._host.loop.watch(self._ready, self._read_ready)
        return {READY_FD: ready, GATE_FD: gate}

    def _read_ready(self) -> None:
        if self._ready is None:
            return
        data = os.read(self._ready, _LONGEST_REPORT)
        self._report += data
        line, newline, _ = self._report.partition(b"\n")
        if data and not newline and len(self._report) < _LONGEST_REPORT:
            return
        self._close_ready()
        if line == b"ready":
            self._become("ready")
        elif line:
            self.failure = line.decode(errors="replace").removeprefix("failed ")
            self._owner.changed(self)

    def _become(self, status: str) -> None:
        if self.status == "starting" and self._program is not None:
            self.status = status
            self._later(STEADY_SECONDS, self._settle)
            self.save()
            self._owner.changed(self)

    def _settle(self) -> None:
        self._attempts = 0

    def _ended(self, _code: int | None, how: str) -> None:
        self._program = None
        self._cancel()
        self._close_pipes()
        self._host.logs.remove(self.log)
        self._host.records.forget_instance(self.place.id)
        if self.status == "stopping":
            self._finish()
        elif self._again_at_once:
            self._start_again()
        else:
            self._crash(how)

    def _crash(self, how: str) -> None:
        """Start it again a little later, and say how it ended: whoever hears that may stop it."""
        self.exit = how
        self.failure = self.failure or how
        self.status = "crashed"
        self._later(next_delay(self._attempts), self._start_again)
        self._attempts += 1
        self._owner.changed(self)

    def _start_again(self) -> None:
        self._again_at_once = False
        if self.status in ("stopping", "ended"):
            return
        if self.plan is None:
            self.exit += "; it starts again once its config vars are known to this agent"
            return
        self.restarts += 1
        self._owner.start_again(self)

    def _finish(self) -> None:
        self.status = "ended"
        self._owner.changed(self)

    def _kill(self) -> None:
        if self._program is not None:
            self._program.kill()

    def _close_pipes(self) -> None:
        self._close_ready()
        if self._gate is not None:
            os.close(self._gate)
            self._gate = None

    def _close_ready(self) -> None:
        if self._ready is not None:
            self._host.loop.forget(self._ready)
            os.close(self._ready)
            self._ready = None

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self._timers.append(self._host.loop.later(seconds, callback))

    def _cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
