"""The agent's event loop: descriptors that become readable or writable, and timers.

`selectors` and a heap: importing asyncio alone takes twice the memory of all the agent.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import selectors
import sys
import time
import traceback
from collections.abc import Callable

Callback = Callable[[], None]
# A callback that raises has not taken what made its descriptor ready: without a pause it would be
# called again at once, and for ever.
_PAUSE_SECONDS = 1.0


class Timer:
    """A callback that comes later, unless `cancel` comes first."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Never mind; after it has run, this does nothing."""
        self.callback = None


class Loop:
    """Runs callbacks, one at a time, until `stop`; one that raises is reported, not fatal."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._stopped = False
        self._paused: dict[int, tuple[Callback, Callback | None]] = {}

    def watch(self, descriptor: int, on_read: Callback) -> None:
        """Call `on_read` whenever `descriptor` is readable."""
        self._selector.register(descriptor, selectors.EVENT_READ, (on_read, None))

    def watch_writable(self, descriptor: int, on_write: Callback | None) -> None:
        """Also call `on_write` whenever it is writable; None: no longer."""
        if descriptor in self._paused:
            self._paused[descriptor] = (self._paused[descriptor][0], on_write)
            return
        on_read = self._selector.get_key(descriptor).data[0]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if on_write else 0)
        self._selector.modify(descriptor, events, (on_read, on_write))

    def forget(self, descriptor: int) -> None:
        """Watch `descriptor` no more; one that is not watched is fine."""
        self._paused.pop(descriptor, None)
        try:
            self._selector.unregister(descriptor)
        except (KeyError, ValueError):
            return

    def later(self, seconds: float, callback: Callback) -> Timer:
        """Call `callback` once, after that many seconds."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def stop(self) -> None:
        """End `run` after the callbacks of this turn."""
        self._stopped = True

    def run(self) -> None:
        """Wait for what comes, until stopped. With nothing due it sleeps without a limit."""
        while not self._stopped:
            for key, events in self._selector.select(self._wait()):
                on_read, on_write = key.data
                fine = True
                if events & selectors.EVENT_WRITE and on_write is not None:
                    fine = _call(on_write)
                if events & selectors.EVENT_READ and self._is_watched(key):
                    fine = _call(on_read) and fine
                if not fine and self._is_watched(key):
                    self._pause(key)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                callback = heapq.heappop(self._timers)[2].callback
                if callback is not None:
                    _call(callback)

    def _wait(self) -> float | None:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return max(self._timers[0][0] - time.monotonic(), 0) if self._timers else None

    def _pause(self, key: selectors.SelectorKey) -> None:
        descriptor = key.fd
        self._selector.unregister(descriptor)
        self._paused[descriptor] = key.data
        self.later(_PAUSE_SECONDS, lambda: self._resume(descriptor))

    def _resume(self, descriptor: int) -> None:
        on_read, on_write = self._paused.pop(descriptor, (None, None))
        if on_read is not None:
            self.watch(descriptor, on_read)
            self.watch_writable(descriptor, on_write)

    def _is_watched(self, key: selectors.SelectorKey) -> bool:
        """An earlier callback of this turn may have closed it, and its number may be new."""
        current = self._selector.get_map().get(key.fd)
        return current is not None and current.data == key.data


def _call(callback: Callback) -> bool:
    """Whether it did not raise."""
    try:
        callback()
    except Exception:
        # One instance's trouble must not end all others, nor may a disk too full to say so.
        with contextlib.suppress(OSError):
            traceback.print_exc(file=sys.stderr)
        return False
    return True
