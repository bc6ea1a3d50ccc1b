"""One-off commands that are running: their output waits here until somebody reads it.

They live in this process alone. When it ends, the engine ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from nuages.control.errors import READ_ALREADY, UNKNOWN_THING
from nuages.core.app import EnvironmentName
from nuages.core.engine import Session
from nuages.core.errors import NuagesError

# Output that nobody has read yet, in bytes; the command waits when there is more.
BACKLOG = 1024 * 1024
# Seconds that it waits for a reader before it is given up.
PATIENCE = 300.0
# Seconds in which somebody has to begin to read it.
UNREAD = 30.0
# Ended ones that can still be asked for their exit code.
REMEMBERED = 100


class Run:
    """A session with its output buffered; one reader, who has to come soon."""

    def __init__(self, environment: EnvironmentName, session: Session) -> None:
        self.id = secrets.token_hex(12)
        self.environment = environment
        self.created = datetime.now(UTC)
        self.exit_code: int | None = None
        self.session = session
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._state = threading.Condition()
        self._reader: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._is_taken = self._is_killed = False
        self._unread = threading.Timer(UNREAD, self.kill)
        self._unread.daemon = True
        self._unread.start()
        self._thread = threading.Thread(target=self._pump, name=f"run-{self.id}", daemon=True)
        self._thread.start()

    def output(self) -> AsyncIterator[bytes]:
        """What it printed and prints, until its end. A reader that goes away before ends it:
        nobody is there any more for whom it works. Raises control.E023 for a second one."""
        with self._state:
            if self._is_taken:
                raise NuagesError(READ_ALREADY, f"Run {self.id} has a reader")
            self._is_taken = True
        return self._read()

    async def _read(self) -> AsyncIterator[bytes]:
        self._unread.cancel()
        news = asyncio.Event()
        with self._state:
            self._reader = (asyncio.get_running_loop(), news)
        whole = False
        try:
            while True:
                news.clear()
                data, ended = self._take()
                if data:
                    yield data
                elif ended:
                    whole = True
                    return
                else:
                    await news.wait()
        finally:
            if not whole:
                self.kill()

    def kill(self) -> None:
        """End it now; an ended one stays as it is."""
        with contextlib.suppress(NuagesError, OSError):
            self.session.kill()
        with self._state:
            self._is_killed = True
            self._state.notify_all()

    def _take(self) -> tuple[bytes, bool]:
        with self._state:
            data = b"".join(self._chunks)
            self._chunks.clear()
            self._size = 0
            self._state.notify_all()
            return data, self._ended

    def _pump(self) -> None:
        try:
            for chunk in self.session.output():
                self._put(chunk)
            code = self.session.wait()
        except (NuagesError, OSError):
            code = 1
        self._unread.cancel()
        with self._state:
            self.exit_code = code
            self._ended = True
            self._wake()

    def _put(self, chunk: bytes) -> None:
        with self._state:
            if not self._state.wait_for(lambda: self._is_killed or self._has_room(), PATIENCE):
                self.session.kill()
            if not self._has_room():
                return
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._wake()

    def _has_room(self) -> bool:
        return self._size < BACKLOG

    def _wake(self) -> None:
        if self._reader is not None:
            loop, news = self._reader
            # The loop is closed when the API ends.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(news.set)


_runs: OrderedDict[str, Run] = OrderedDict()
_lock = threading.Lock()


def keep(run: Run) -> None:
    """Remember a run; the oldest ended ones are forgotten."""
    with _lock:
        _runs[run.id] = run
        ended = [key for key, old in _runs.items() if old.exit_code is not None]
        for key in ended[:-REMEMBERED]:
            del _runs[key]


def find(identifier: str) -> Run:
    """The run of an id. Raises control.E002."""
    with _lock:
        run = _runs.get(identifier)
    if run is None:
        raise NuagesError(
            UNKNOWN_THING,
            f"There is no run '{identifier}'",
            hint="Start it again: nuages run APP -- COMMAND",
        )
    return run
