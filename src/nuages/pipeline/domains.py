"""Host names of an environment: a new release that knows them, then the links to it."""

from __future__ import annotations

from nuages.core.event import Record
from nuages.core.state import AppState
from nuages.pipeline.configure import configure
from nuages.pipeline.values import Deployed, Parts


def set_domains(state: AppState, parts: Parts, record: Record) -> Deployed:
    """Make `state.hosts` lead to the environment. A host works from the moment at which its
    release, which allows it, gets the traffic."""
    return configure(state, parts, record)
