"""Every instance of the running release replaced, new ones first."""

from __future__ import annotations

from nuages.core.event import Record, Step
from nuages.core.state import AppState
from nuages.pipeline.current import current_release
from nuages.pipeline.explained import explained, image_context
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts


def restart(state: AppState, parts: Parts, record: Record) -> None:
    """Replace the instances without a pause; /app is fresh in the new ones."""
    release = current_release(state, parts)
    with (
        explained(lambda: image_context(state, release.image, parts.home)),
        Steps(record, parts.clock).step(Step.START, "Replacing every instance"),
    ):
        parts.engine.restart(release)
