"""Back to an earlier release: its image again, as a new release, without a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nuages.build.store import ImageStore
from nuages.core.event import Record
from nuages.core.secret import Secret
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.activate import ROLLBACK, activate
from nuages.pipeline.explained import explained, image_context
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Deployed, Parts


def rollback(
    state: AppState,
    target: ReleaseRecord,
    config: Mapping[str, Secret],
    parts: Parts,
    record: Record,
) -> Deployed:
    """Run the image and process types of `target` with `config` as the next release.

    No migration is applied or reversed and no release command of the project's own is run: the
    data stay as they are. Raises build.E006 where the
    image is gone.
    """
    image = ImageStore(parts.home).load(target.image_digest)
    steps = Steps(record, parts.clock)
    with explained(lambda: image_context(state, image, parts.home)):
        return activate(replace(state, config=config), image, parts, steps, ROLLBACK)
