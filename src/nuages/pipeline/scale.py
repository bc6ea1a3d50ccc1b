"""More or fewer instances of the running release; nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nuages.core.errors import NuagesError
from nuages.core.event import Event, Record, Step
from nuages.core.state import AppState
from nuages.pipeline.current import current_release
from nuages.pipeline.errors import BAD_SCALE
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts

MOST = 100


def scale(state: AppState, counts: Mapping[str, int], parts: Parts, record: Record) -> None:
    """Start and stop instances until `counts` hold. Raises pipeline.E003 and release.E002."""
    for name, count in counts.items():
        if not 0 <= count <= MOST:
            raise NuagesError(BAD_SCALE, f"{name}={count} is out of range")
    steps = Steps(record, parts.clock)
    wanted = {**state.scale, **counts}
    release = current_release(replace(state, scale=wanted), parts)
    words = ", ".join(f"{name}={count}" for name, count in sorted(counts.items()))
    with steps.step(Step.START, f"Scaling to {words}"):
        parts.engine.scale(release, counts)
    record(Event("app.scaled", words, seconds=steps.elapsed(), data={"scale": dict(wanted)}))
