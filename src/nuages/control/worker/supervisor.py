"""Sees to it that an agent is there: the apps run under it, and it cannot read the database."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from nuages.core.errors import NuagesError
from nuages.core.home import Home

log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0


class AgentWatch:
    """Blocks until the agent is gone, starts another one and has everything declared again."""

    def __init__(self, home: Home, on_return: Callable[[], None]) -> None:
        self._home = home
        self._on_return = on_return

    def start(self) -> None:
        """Watch from a thread that ends with the process."""
        threading.Thread(target=self._watch, name="agent-watch", daemon=True).start()

    def _watch(self) -> None:
        from nuages.engines.local.client import ensure_agent, watch_agent  # noqa: PLC0415

        pause = _FIRST_PAUSE
        while True:
            # None there at all is the same as one that ended just now.
            with contextlib.suppress(NuagesError):
                watch_agent(self._home)
            try:
                ensure_agent(self._home)
            except (NuagesError, OSError) as error:
                log.warning("The agent could not be started: %s", error)
                threading.Event().wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            self._on_return()
            pause = _FIRST_PAUSE
