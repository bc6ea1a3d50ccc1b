"""How often, and after which pauses, something is tried again that did not go well."""

from __future__ import annotations

from collections.abc import Callable

from nuages.build.registry.exchange.transport import Transient

# Pauses of 0.5, 1, 2 and 4 seconds: what takes longer than that to come back is down.
TRIES = 5
_FIRST_PAUSE = 0.5


class Patience:
    """Is spent by failures that follow each other; `pause` waits for some seconds."""

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._pause = pause
        self._failures = 0

    def spend(self, failure: Transient) -> None:
        """Wait before the next try. Raises the error that the failure is when none is left."""
        self._failures += 1
        if self._failures >= TRIES:
            raise failure.error from None
        wait = _FIRST_PAUSE * 2 ** (self._failures - 1)
        self._pause(wait if failure.after is None else failure.after)

    def renew(self) -> None:
        """Something got on: count anew."""
        self._failures = 0
