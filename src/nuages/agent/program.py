"""One sandboxed program: its limits, its launch document, its connection, its end.

The launch document is written only once the network is there, so the program inside cannot be
earlier than its network; and it goes through a pipe, so config vars are in no argument vector.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nuages.agent.child import Child
from nuages.agent.host import Host, describe_exit
from nuages.agent.loop import Loop
from nuages.agent.outward import Link
from nuages.agent.records import InstanceRecord
from nuages.engines.local.protocol import Bind, Launch
from nuages.system.cgroups import Group
from nuages.system.mounts import bind_inside, leave_mounts
from nuages.system.spawn import Spawn

_F_SETPIPE_SZ = 1031
_PIPE_SIZE = 65536
# What an ordinary user may ask of a pipe, and more than a command line can hold.
_LARGEST_DOCUMENT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told: `ended` once, with the exit code and how it ended in words; `known` when the
    first process inside is known, so that it can be remembered."""

    ended: Callable[[int | None, str], None]
    known: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What a program inherits: `numbers` maps its numbers to ours, which stay ours to close;
    `document` is where it reads its launch document."""

    numbers: Mapping[int, int]
    document: int


class Program:
    """A program that runs, or has run."""

    def __init__(self, host: Host, name: str, limit: int, hooks: Hooks) -> None:
        self.name = name
        self.child: Child | None = None
        self.link = Link()
        self._host = host
        self._limit = limit
        self._group: Group | None = None
        self._kills = 0
        self._hooks = hooks
        self._document: _Document | None = None

    @classmethod
    def start(
        cls, host: Host, name: str, launch: Launch, descriptors: Descriptors, hooks: Hooks
    ) -> Program:
        """Start it; what goes wrong inside is told by its end and in its log. OSError where
        nothing could be started at all."""
        program = cls(host, name, launch.limits.memory, hooks)
        program._group = host.groups.make(name, launch.limits)
        if program._group is not None:
            program._kills = program._group.out_of_memory()
        try:
            program._start(launch, descriptors)
        except BaseException:
            if program._group is not None:
                program._group.remove()
            raise
        return program

    @classmethod
    def adopt(cls, host: Host, record: InstanceRecord, hooks: Hooks) -> Program | None:
        """One that an agent before us started; None where it has ended."""
        program = cls(host, record.id, 0, hooks)
        program._group = host.groups.find(record.id)
        program.child = Child.adopt(host.loop, record.outer, record.inner, program._ended)
        if program.child is None:
            if program._group is not None:
                program._group.remove()
            host.outward.discard(record.pasta)
            return None
        pid = (record.inner or record.outer).pid
        program.link = host.outward.adopt(pid, record.number, record.pasta, program._reconnected)
        return program

    @property
    def pid(self) -> int | None:
        """The program's own process on this host."""
        return self.child.pid if self.child else None

    def memory(self) -> int | None:
        """Bytes in use; None where there are no control groups."""
        return self._group.memory() if self._group else None

    def terminate(self) -> None:
        """Ask it to end."""
        if self.child is not None:
            self.child.terminate()

    def kill(self) -> None:
        """End it now."""
        if self.child is not None:
            self.child.kill()

    def _start(self, launch: Launch, descriptors: Descriptors) -> None:
        reader, writer = os.pipe()
        spec = Spawn(
            argv=launch.argv,
            env={},
            descriptors={**descriptors.numbers, descriptors.document: reader},
            prepare=partial(_prepare, self._group, launch.binds),
        )
        document = _Document(self._host.loop, writer, launch.document, descriptors.numbers[2])
        try:
            if launch.sandboxed:
                inside = self._connector(launch, document)
                self.child = Child.start(self._host.loop, spec, self._ended, inside)
            else:
                self.child = Child.start(self._host.loop, spec, self._ended)
                document.send({"LISTEN_PID": str(self.child.outer.pid)})
        except BaseException:
            document.close()
            raise
        finally:
            os.close(reader)
        self._document = document

    def _connector(self, launch: Launch, document: _Document) -> Callable[[int], None]:
        def connected(error: str) -> None:
            document.send_after(error)
            if self.link.process is not None:
                self._reconnected(error)

        def connect(pid: int) -> None:
            if launch.network:
                self.link = self._host.outward.connect(pid, connected)
            else:
                document.send({})
            self._hooks.known()

        return connect

    def _reconnected(self, _error: str) -> None:
        """The process that copies its packets may be another one."""
        self._hooks.known()

    def _ended(self, code: int | None) -> None:
        if self._document is not None:
            self._document.close()
        self._host.outward.release(self.link)
        killed = False
        if self._group is not None:
            killed = self._group.out_of_memory() > self._kills and code not in (0, None)
            self._group.remove()
        self.child = None
        self._hooks.ended(code, describe_exit(code, out_of_memory=killed, limit=self._limit))


def _prepare(group: Group | None, binds: Sequence[Bind]) -> None:
    """In the new process: join its group, and have in place what lies inside of folders."""
    if group is not None:
        group.join()
    if binds:
        leave_mounts()
    for bind in binds:
        bind_inside(Path(bind.source), Path(bind.folder), bind.inside, writable=bind.writable)


class _Document:
    """A launch document on its way; it is sent once, or never. What goes wrong is written to
    `log`, of which we keep a descriptor of our own until then."""

    def __init__(self, loop: Loop, writer: int, content: Mapping[str, object], log: int) -> None:
        self._loop = loop
        self._writer: int | None = writer
        self._log = os.dup(log)
        self._content = dict(content)
        self._unsent = b""

    def send_after(self, error: str) -> None:
        """Send it when the network is set up, or has said why it is not."""
        if error:
            self._say(f"no network: {error}")
        self.send({})

    def send(self, variables: Mapping[str, str]) -> None:
        """Send it, with these variables added, and close."""
        if self._writer is None or not self._content:
            return
        env = self._content["env"]
        if variables and isinstance(env, dict) and "LISTEN_FDS" in env:
            self._content["env"] = {**env, **variables}
        self._unsent, self._content = json.dumps(self._content).encode(), {}
        if len(self._unsent) > _PIPE_SIZE:
            # Refused to a user with many pipes: then it goes in several parts.
            size = min(1 << len(self._unsent).bit_length(), _LARGEST_DOCUMENT)
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._writer, _F_SETPIPE_SZ, size)
        os.set_blocking(self._writer, False)
        self._loop.watch(self._writer, self._write)
        self._write()

    def close(self) -> None:
        """Without a document, the program inside ends at once."""
        self._content, self._unsent = {}, b""
        if self._writer is not None:
            self._loop.forget(self._writer)
            os.close(self._writer)
            os.close(self._log)
            self._writer = None

    def _write(self) -> None:
        if self._writer is None:
            return
        try:
            self._unsent = self._unsent[os.write(self._writer, self._unsent) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            # The program has ended already, and its end says why.
            self._unsent = b""
        except OSError as error:
            self._say(f"the launch document could not be handed over: {error}")
            self._unsent = b""
        if self._unsent:
            self._loop.watch_writable(self._writer, self._write)
        else:
            self.close()

    def _say(self, what: str) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):
                os.write(self._log, f"nuages: {what}\n".encode())
