"""New config vars, or new host names, for the code that runs: a new release of it."""

from __future__ import annotations

from nuages.build.retention import store_in_use
from nuages.build.store import ImageStore
from nuages.core.event import Record
from nuages.core.state import AppState
from nuages.pipeline.activate import CONFIGURE, activate
from nuages.pipeline.current import require_current
from nuages.pipeline.explained import explained, image_context
from nuages.pipeline.rebuild import rebuild_image
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Deployed, Parts


def configure(state: AppState, parts: Parts, record: Record, *, rebuild: bool) -> Deployed:
    """Release the running image with what `state` says now, without a pause. With `rebuild` the
    image is made anew of the same source: a config var that builds see has changed."""
    steps = Steps(record, parts.clock)
    with store_in_use(parts.home):
        image = ImageStore(parts.home).load(require_current(state).image_digest)
        with explained(lambda: image_context(state, image, parts.home)):
            if rebuild:
                image = rebuild_image(state, image, parts, steps)
            return activate(state, image, parts, steps, CONFIGURE)
