"""A program that the agent started, or that an agent before it started: signals and its end.

With bubblewrap there are two processes: its outer one, which is ours to reap, and the first one
inside, which it tells us of. Both are known by pid and start time, so both survive the agent.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace

from nuages.agent.loop import Loop
from nuages.system.processes import (
    Identity,
    heeds,
    identify,
    open_process,
    real_process,
    send_signal,
    start_time,
)
from nuages.system.spawn import Spawn, spawn

# Higher than every number that a program inside is promised.
INFO_FD = 9


class Child:
    """A running program. `on_end` is called once, with its exit code (128 + signal where one
    ended it), or None where it was found again and nobody can know."""

    def __init__(self, loop: Loop, outer: Identity, on_end: Callable[[int | None], None]) -> None:
        self.outer = outer
        self.inner: Identity | None = None
        self.code: int | None = None
        self._loop = loop
        self._on_end = on_end
        self._watched: dict[Identity, int] = {}
        self._ours = False
        self._sandboxed = False
        self._info = b""

    @classmethod
    def start(
        cls,
        loop: Loop,
        what: Spawn,
        on_end: Callable[[int | None], None],
        on_inside: Callable[[int], None] | None = None,
    ) -> Child:
        """Start it. `on_inside` says that `what` is bubblewrap: it is called with the pid of
        the first process inside, when its namespaces are there."""
        if on_inside is None:
            pid = spawn(what)
            child = cls(loop, Identity(pid, start_time(pid)), on_end)
            child._begin()
            return child
        reader, writer = _open_info()
        try:
            program, *words = what.argv
            argv = (program, "--info-fd", str(INFO_FD), *words)
            pid = spawn(replace(what, argv=argv, descriptors={**what.descriptors, INFO_FD: writer}))
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        child = cls(loop, Identity(pid, start_time(pid)), on_end)
        child._sandboxed = True
        child._begin()
        loop.watch(reader, lambda: child._read_info(reader, on_inside))
        return child

    @classmethod
    def adopt(
        cls,
        loop: Loop,
        outer: Identity,
        inner: Identity | None,
        on_end: Callable[[int | None], None],
    ) -> Child | None:
        """One that an agent before us started; None where none of it is left."""
        child = cls(loop, outer, on_end)
        child.inner = inner
        child._sandboxed = inner is not None
        alive = [who for who in (outer, inner) if who is not None and child._watch(who)]
        if inner is not None and alive == [inner]:
            # bubblewrap's outer process is gone: nobody would tell us how the rest ends.
            child.kill()
        return child if alive else None

    @property
    def pid(self) -> int:
        """The program's own process, as this host numbers it."""
        return real_process(self.inner.pid if self.inner else self.outer.pid)

    def terminate(self) -> None:
        """Ask the program to end. bubblewrap would not pass the signal on; and the kernel keeps
        it from a sandbox's first process that does not catch it, where others just end."""
        if self._sandboxed and (self.inner is None or not heeds(self.pid, signal.SIGTERM)):
            self.kill()
            return
        target = identify(self.pid)
        if target is not None:
            _signal(target, signal.SIGTERM)

    def kill(self) -> None:
        """End it now, with everything in its sandbox or in its session."""
        if self.inner is not None:
            _signal(self.inner, signal.SIGKILL)
        elif identify(self.outer.pid) == self.outer:
            try:
                os.killpg(self.outer.pid, signal.SIGKILL)
            except ProcessLookupError:
                # It was just forked and has no session yet.
                _signal(self.outer, signal.SIGKILL)

    def _begin(self) -> None:
        self._ours = True
        descriptor = os.pidfd_open(self.outer.pid)
        self._watched[self.outer] = descriptor
        self._loop.watch(descriptor, lambda: self._ended(self.outer))

    def _watch(self, who: Identity) -> bool:
        descriptor = open_process(who)
        if descriptor is None:
            return False
        self._watched[who] = descriptor
        self._loop.watch(descriptor, lambda: self._ended(who))
        return True

    def _read_info(self, reader: int, on_inside: Callable[[int], None]) -> None:
        """bubblewrap writes its document in parts and closes; without one it has failed and
        says so in the log, and its end is told by its pidfd."""
        part = os.read(reader, 4096)
        self._info += part
        if part:
            return
        self._loop.forget(reader)
        os.close(reader)
        try:
            pid = int(json.loads(self._info)["child-pid"])
        except ValueError:
            return
        self.inner = identify(pid)
        if self.inner is not None and self._watch(self.inner):
            on_inside(pid)

    def _ended(self, who: Identity) -> None:
        descriptor = self._watched.pop(who)
        self._loop.forget(descriptor)
        os.close(descriptor)
        if who == self.outer and self._ours:
            _, status = os.waitpid(who.pid, 0)
            code = os.waitstatus_to_exitcode(status)
            self.code = code if code >= 0 else 128 - code
        if self._watched:
            if who == self.outer and self.inner is not None:
                _signal(self.inner, signal.SIGKILL)
            return
        self._on_end(self.code)


def _open_info() -> tuple[int, int]:
    """A pipe for bubblewrap's word: our end, and one that it can read from too. Should we be
    killed before it has written, it is not ended by that, which would leave the process inside
    waiting for it for ever: the program starts, finds no launch document, and ends."""
    reader, writer = os.pipe()
    try:
        return reader, os.open(f"/proc/self/fd/{writer}", os.O_RDWR | os.O_CLOEXEC)
    finally:
        os.close(writer)


def _signal(who: Identity, number: int) -> None:
    descriptor = open_process(who)
    if descriptor is not None:
        send_signal(descriptor, number)
        os.close(descriptor)
