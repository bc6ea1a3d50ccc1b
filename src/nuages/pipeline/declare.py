"""Bring a current release up again: after a reboot, or when a new agent knows nothing of it."""

from __future__ import annotations

from nuages.core.state import AppState
from nuages.pipeline.current import current_release
from nuages.pipeline.values import Parts

# One-off commands belong to none.
NO_RELEASE = 0


def declare(state: AppState, parts: Parts) -> None:
    """Say again what should run; what runs already is left alone. What runs of another release
    is stopped, unless it is the one that serves: an agent that ended in between could not be
    told."""
    release = current_release(state, parts)
    parts.engine.start(release, [process.name for process in release.processes], gated=False)
    parts.engine.open_gate(release)
    serving = parts.engine.current(state.environment)
    running = {instance.release for instance in parts.engine.instances(state.environment)}
    for other in sorted(running - {release.version, serving, NO_RELEASE}):
        parts.engine.retire(state.environment, other, drain=True)
