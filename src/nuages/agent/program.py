"""One sandboxed program: its limits, its launch document, its connection, its end.

The launch document is written only once the network is there, so the program inside cannot be
earlier than its network; and it goes through a pipe, so config vars are in no argument vector.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nuages.agent.child import Child
from nuages.agent.host import Host, describe_exit
from nuages.agent.outward import Link
from nuages.agent.records import InstanceRecord
from nuages.engines.local.protocol import Bind, Launch
from nuages.system.cgroups import Group
from nuages.system.mounts import bind_inside, leave_mounts
from nuages.system.spawn import Spawn

_F_SETPIPE_SZ = 1031
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
        program._start(launch, descriptors)
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
            return None
        program.link = host.outward.adopt(record.number, record.pasta)
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
        document = _Document(writer, launch.document)
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
        def connect(pid: int) -> None:
            if launch.network:
                self.link = self._host.outward.connect(pid, document.send_after)
            else:
                document.send({})
            self._hooks.known()

        return connect

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
    """A launch document on its way; it is sent once, or never."""

    def __init__(self, writer: int, content: Mapping[str, object]) -> None:
        self._writer: int | None = writer
        self._content = dict(content)

    def send_after(self, _error: str) -> None:
        """Send it when the network is set up, or has said why it is not."""
        self.send({})

    def send(self, variables: Mapping[str, str]) -> None:
        """Send it, with these variables added, and close."""
        if self._writer is None:
            return
        env = self._content["env"]
        if variables and isinstance(env, dict) and "LISTEN_FDS" in env:
            self._content["env"] = {**env, **variables}
        data = json.dumps(self._content).encode()
        try:
            if len(data) > 65536:
                size = min(1 << len(data).bit_length(), _LARGEST_DOCUMENT)
                fcntl.fcntl(self._writer, _F_SETPIPE_SZ, size)
            os.set_blocking(self._writer, False)
            os.write(self._writer, data)
        except OSError:
            # The program has ended already, and its end says why.
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Without a document, the program inside ends at once."""
        self._content = {}
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None
