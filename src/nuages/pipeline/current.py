"""The release that has the traffic, as a value that an engine can be handed again."""

from __future__ import annotations

from dataclasses import replace

from nuages.build.store import ImageStore
from nuages.core.errors import NuagesError
from nuages.core.release import Release
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.activate import assemble_release
from nuages.pipeline.errors import NOTHING_RUNS
from nuages.pipeline.values import Parts


def require_current(state: AppState) -> ReleaseRecord:
    """The environment's current release record; raises pipeline.E001 where there is none."""
    if state.current is None:
        raise NuagesError(NOTHING_RUNS, f"'{state.environment}' has no release yet")
    return state.current


def current_release(state: AppState, parts: Parts) -> Release:
    """The current release, put together as it was. Raises pipeline.E001 and build.E006."""
    record = require_current(state)
    image = ImageStore(parts.home).load(record.image_digest)
    state = replace(state, config=record.config)
    return assemble_release(state, image, record.version, migrate=False)
