"""An environment taken away: its instances, its routes, its data."""

from __future__ import annotations

from nuages.core.app import EnvironmentName
from nuages.core.event import Record, Step
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts


def destroy(environment: EnvironmentName, parts: Parts, record: Record) -> None:
    """Stop everything of the environment and remove its volume; its images go at the clean-up that
    follows."""
    with Steps(record, parts.clock).step(Step.CLEAN, f"Removing {environment}"):
        parts.engine.remove(environment, data=True)
