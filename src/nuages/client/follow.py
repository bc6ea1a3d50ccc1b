"""Follows a deployment to its end, also across a restart of the control plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nuages.client.client import Client
from nuages.client.errors import BROKEN_OFF, UNREACHABLE
from nuages.core.errors import NuagesError

_GONE = frozenset({BROKEN_OFF.code, UNREACHABLE.code})


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long, in seconds, an absent control plane is waited for, and how often asked."""

    total: float = 60.0
    pause: float = 0.2
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


def follow_deployment(
    client: Client, identifier: str, patience: Patience | None = None
) -> Iterator[dict[str, Any]]:
    """Its events in order, each once; the last has the kind `end` and holds the deployment.

    When the control plane goes away, the feed is taken up again after the last event seen, as
    long as it is back within `patience`; else client.E003 is raised.
    """
    patience = patience or Patience()
    seen, silent_since = 0, None
    while True:
        began, before, reached = patience.clock(), seen, True
        try:
            for event in client.deployment_events(identifier, after=seen):
                if event.get("kind") == "end":
                    yield event
                    return
                seen = int(event["number"])
                yield event
        except NuagesError as error:
            if error.code.code not in _GONE:
                raise
            reached = error.code.code != UNREACHABLE.code
        now = patience.clock()
        # A platform that ends the feed at once, again and again, is as good as absent.
        answered = reached and (seen > before or now - began > patience.pause)
        silent_since = now if answered or silent_since is None else silent_since
        if now - silent_since > patience.total:
            raise NuagesError(
                BROKEN_OFF,
                f"The platform went away during deployment {identifier}"
                f" and was not back within {patience.total:.0f} s",
            )
        patience.wait(patience.pause)
