"""Steps of a pipeline: each is recorded when it starts and when it is done or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nuages.core.errors import NuagesError
from nuages.core.event import Event, Record, Step


class Steps:
    """Records steps with their durations in seconds; remembers when the pipeline began."""

    def __init__(self, record: Record, clock: Callable[[], float]) -> None:
        self.record = record
        self._clock = clock
        self._began = clock()

    @contextmanager
    def step(self, step: Step, message: str) -> Iterator[None]:
        """Everything inside belongs to `step`; an error is recorded and goes on its way."""
        start = self._clock()
        self.record(Event("step.started", message, step))
        try:
            yield
        except BaseException as error:
            what = error.message if isinstance(error, NuagesError) else type(error).__name__
            self.record(Event("step.failed", what, step, self._clock() - start))
            raise
        self.record(Event("step.done", message, step, self._clock() - start))

    def say(self, message: str, step: Step) -> None:
        """Something that the user should know."""
        self.record(Event("said", message, step))

    def elapsed(self) -> float:
        """Seconds since the pipeline began."""
        return self._clock() - self._began
