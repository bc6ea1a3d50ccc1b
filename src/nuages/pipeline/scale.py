"""More or fewer instances of the running release; nothing else changes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from nuages.core.errors import NuagesError
from nuages.core.event import Event, Record, Step
from nuages.core.process import Kind
from nuages.core.release import Release
from nuages.core.state import AppState
from nuages.pipeline.current import current_release
from nuages.pipeline.errors import BAD_SCALE
from nuages.pipeline.explained import explained, image_context
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts
from nuages.release.errors import UNKNOWN_PROCESS

MOST = 100


def scale(state: AppState, counts: Mapping[str, int], parts: Parts, record: Record) -> None:
    """Start and stop instances until `counts` hold; where that fails, as many run as before.

    Raises pipeline.E003 and release.E002."""
    steps = Steps(record, parts.clock)
    wanted = {**state.scale, **counts}
    former = current_release(state, parts)
    _check(former, counts)
    release = current_release(replace(state, scale=wanted), parts)
    words = ", ".join(f"{name}={count}" for name, count in sorted(counts.items()))
    with (
        explained(lambda: image_context(state, release.image, parts.home)),
        steps.step(Step.START, f"Scaling to {words}"),
    ):
        try:
            parts.engine.scale(release, counts)
        except BaseException:
            before = {spec.name: spec.count for spec in former.processes if spec.name in counts}
            with contextlib.suppress(NuagesError):
                parts.engine.scale(former, before)
            raise
    record(Event("app.scaled", words, seconds=steps.elapsed(), data={"scale": dict(wanted)}))


def _check(release: Release, counts: Mapping[str, int]) -> None:
    kinds = {spec.name: spec.kind for spec in release.processes}
    for name, count in counts.items():
        if name not in kinds:
            known = ", ".join(sorted(kinds))
            raise NuagesError(UNKNOWN_PROCESS, f"There is no process type '{name}' among {known}")
        if not 0 <= count <= MOST:
            raise NuagesError(BAD_SCALE, f"{name}={count} is out of range")
        if kinds[name] is Kind.SCHEDULER and count > 1:
            raise NuagesError(
                BAD_SCALE,
                f"{name}={count}: with two schedulers every job would be done twice",
                hint=f"Write {name}=0 or {name}=1.",
            )
