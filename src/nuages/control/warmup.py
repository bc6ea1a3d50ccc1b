"""Used once before the fork: what Django fills in at a first query or request is shared then.

Half of what a child would write into its pages is filled in here: caches of models, compiled
patterns, prepared lookups.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import uvicorn.lifespan.off
import uvicorn.loops.asyncio
import uvicorn.protocols.http.h11_impl
import uvicorn.protocols.utils  # noqa: F401
from django.db import connection

import nuages.control.worker.process  # noqa: F401
from nuages.control.api import server  # noqa: F401
from nuages.control.asgi import application
from nuages.control.state.models import Deployment, Event
from nuages.control.worker.claims import beat

# No such app and no such deployment: the way there and the error's way back.
_ADDRESSES = ("/api/apps/warm-up", "/api/deployments/0", "/api/apps/warm-up/config")


def warm_up() -> None:
    """A few requests and queries, all of which find nothing. No thread and no connection is left
    of them: what follows is a fork."""
    for address in _ADDRESSES:
        asyncio.run(_request(address))
    list(Deployment.objects.filter(holds=True).select_related("environment__app"))
    list(Event.objects.filter(deployment_id=0, pk__gt=0))
    beat(())
    connection.close()


async def _request(address: str) -> None:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"nuages"), (b"accept", b"*/*")],
        "client": None,
        "server": None,
    }
    body = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, object]:
        if body:
            return body.pop()
        # The client stays: only the end of the answer ends the request.
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(_: Mapping[str, object]) -> None:
        """Nobody reads it."""

    await application(scope, receive, send)
