"""Bring a current release up again: after a reboot, or when a new agent knows nothing of it."""

from __future__ import annotations

from nuages.core.state import AppState
from nuages.pipeline.current import current_release
from nuages.pipeline.values import Parts


def declare(state: AppState, parts: Parts) -> None:
    """Say again what should run; what runs already is left alone."""
    release = current_release(state, parts)
    parts.engine.start(release, [process.name for process in release.processes], gated=False)
    parts.engine.open_gate(release)
