"""Waits until nothing is left in a listening socket's queue."""

from __future__ import annotations

import socket
from collections.abc import Callable

from nuages.agent.loop import Loop

# A queue that has stayed empty this long stays empty: the proxy has long followed the switch.
QUIET_SECONDS = 0.25
# A release that never catches up is stopped all the same.
MOST_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.01


class Drain:
    """Calls `done` once when the socket has not been readable for QUIET_SECONDS."""

    def __init__(self, loop: Loop, listener: socket.socket, done: Callable[[], None]) -> None:
        self._loop = loop
        self._listener = listener.dup()
        self._done: Callable[[], None] | None = done
        self._last = loop.later(MOST_SECONDS, self._finish)
        self._watch()

    def _watch(self) -> None:
        if self._done is not None:
            self._loop.watch(self._listener.fileno(), self._busy)
            self._quiet = self._loop.later(QUIET_SECONDS, self._finish)

    def _busy(self) -> None:
        """A connection waits: look again in a moment, not in a loop until somebody takes it."""
        self._quiet.cancel()
        self._loop.forget(self._listener.fileno())
        self._loop.later(_LOOK_AGAIN_SECONDS, self._watch)

    def _finish(self) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        self._last.cancel()
        self._quiet.cancel()
        self._loop.forget(self._listener.fileno())
        self._listener.close()
        done()
