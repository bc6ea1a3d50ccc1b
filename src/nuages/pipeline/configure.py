"""New config vars, or new host names, for the image that runs: a new release of it."""

from __future__ import annotations

from nuages.build.store import ImageStore
from nuages.core.event import Record
from nuages.core.state import AppState
from nuages.pipeline.activate import CONFIGURE, activate
from nuages.pipeline.current import require_current
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Deployed, Parts


def configure(state: AppState, parts: Parts, record: Record) -> Deployed:
    """Release the running image with what `state` says now, without a pause."""
    image = ImageStore(parts.home).load(require_current(state).image_digest)
    return activate(state, image, parts, Steps(record, parts.clock), CONFIGURE)
