"""Keeps the times and the sizes of log files that instances write to directly.

Nothing looks again and again: the kernel tells the first write after a quiet time, then a timer
looks once a second while writes go on.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from nuages.agent.loop import Loop
from nuages.system.inotify import FileWatch
from nuages.system.logfile import forget_times, read_times, trim_log, write_time

_SECONDS = 1.0


class LogKeeper:
    """Watches the logs of what runs; the format is described in nuages.system.logfile."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._watch = FileWatch()
        self._users: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}
        self._busy: set[Path] = set()
        loop.watch(self._watch.descriptor, self._written)

    def add(self, path: Path) -> None:
        """Somebody more writes to this log (which is there already)."""
        self._users[path] = self._users.get(path, 0) + 1
        if self._users[path] == 1:
            self._sizes[path] = max(read_times(path).offsets[-1:], default=0)
            self._note(path)
            self._sleep(path)

    def remove(self, path: Path) -> None:
        """Somebody less does."""
        left = self._users.get(path, 0) - 1
        if left > 0:
            self._users[path] = left
        else:
            self._users.pop(path, None)
            self._sizes.pop(path, None)

    def _written(self) -> None:
        for path in self._watch.read():
            self._wake(path)

    def _wake(self, path: Path) -> None:
        """Something was written after a quiet time: note when, and look again in a second."""
        if path in self._users and path not in self._busy:
            self._busy.add(path)
            with contextlib.suppress(OSError):
                write_time(path, time.time(), self._sizes[path])
            self._loop.later(_SECONDS, lambda: self._look(path))

    def _look(self, path: Path) -> None:
        if path in self._users and self._note(path):
            with contextlib.suppress(OSError):
                trim_log(path)
            self._loop.later(_SECONDS, lambda: self._look(path))
            return
        self._busy.discard(path)
        if path in self._users:
            self._sleep(path)

    def _note(self, path: Path) -> bool:
        """Write down the log's size if it is another one."""
        try:
            size = path.stat().st_size
            if size == self._sizes[path]:
                return False
            if size < self._sizes[path]:
                # A program opened /dev/stdout anew, and not to append.
                forget_times(path)
                write_time(path, time.time(), 0)
            self._sizes[path] = size
            write_time(path, time.time(), size)
        except OSError:
            return False
        return True

    def _sleep(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            self._watch.add(path)
            # What came between the last look and the watch would wake nobody.
            if path.stat().st_size != self._sizes[path]:
                self._wake(path)
