"""After the switch: drain and stop the former releases, and keep only what releases need."""

from __future__ import annotations

from collections.abc import Collection

from nuages.build.retention import clean_store
from nuages.core.event import Record, Step
from nuages.core.state import AppState
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts


def finish(
    state: AppState, version: int, keep_digests: Collection[str], parts: Parts, record: Record
) -> None:
    """Retire every release of the environment but `version`, then remove the images that are
    not among `keep_digests` (all that any environment may still want)."""
    steps = Steps(record, parts.clock)
    running = {instance.release for instance in parts.engine.instances(state.environment)}
    former = sorted(running - {version})
    with steps.step(Step.DRAIN, "Draining and stopping the former release"):
        for old in former:
            parts.engine.retire(state.environment, old, drain=True)
    with steps.step(Step.CLEAN, "Removing what no release needs"):
        clean_store(parts.home, keep_digests)
