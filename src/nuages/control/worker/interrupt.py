"""A deployment told to end: it stops at its next step, and the command that it waits for is
killed. After the switch there is nothing to end any more."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, cast

from nuages.control.errors import CANCELLED
from nuages.core.engine import Engine, OneOff, Session
from nuages.core.errors import NuagesError
from nuages.core.event import Event, Record


class Interrupt:
    """Set from another thread than the one that works."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._is_set = False

    def set(self) -> None:
        """End what is under way; again where it did not heed the first time."""
        with self._lock:
            self._is_set = True
            session = self._session
        if session is not None:
            _kill(session)

    def check(self) -> None:
        """Raise control.E021 once it is set."""
        if self._is_set:
            raise NuagesError(CANCELLED, "Somebody asked for its end")

    def await_session(self, session: Session, on_output: Callable[[bytes], None]) -> int:
        """A one-off's exit code at its end; raises control.E021 where this ended it."""
        with self._lock:
            self._session = session
        try:
            if self._is_set:
                _kill(session)
            session.write(b"")
            for chunk in session.output():
                on_output(chunk)
            code = session.wait()
        finally:
            with self._lock:
                self._session = None
        self.check()
        return code


def _kill(session: Session) -> None:
    # One that has ended just now is no error, and the next turn tries again.
    with contextlib.suppress(NuagesError, OSError):
        session.kill()


class _Interruptible:
    """An engine whose one-offs end with the interrupt; everything else is the engine's own."""

    def __init__(self, engine: Engine, interrupt: Interrupt) -> None:
        self._engine = engine
        self._interrupt = interrupt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run_once(self, one_off: OneOff, on_output: Callable[[bytes], None]) -> int:
        """See Engine."""
        return self._interrupt.await_session(self._engine.open(one_off), on_output)


def interruptible(engine: Engine, interrupt: Interrupt) -> Engine:
    """The engine as a deployment that can be cancelled uses it."""
    return cast("Engine", _Interruptible(engine, interrupt))


def heeding(record: Record, interrupt: Interrupt) -> Record:
    """A `record` that lets no further step begin once the interrupt is set."""

    def write(event: Event) -> None:
        if event.kind == "step.started":
            interrupt.check()
        record(event)

    return write
