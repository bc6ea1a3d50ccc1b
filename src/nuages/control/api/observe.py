"""Routes about what happens: the lines that instances print, and the events of an environment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from nuages.control.api.schemas import EventOut, Problem
from nuages.control.api.views import show_event
from nuages.control.state.queries import find_environment

router = Router()


@router.get(
    "/apps/{name}/events",
    response={200: list[EventOut], 404: Problem},
    summary="What happened to it, oldest first",
)
def events(
    request: HttpRequest,
    name: str,
    n: Query[int] = 100,
) -> list[dict[str, Any]]:
    """The last `n` events."""
    environment = find_environment(name)
    count = max(1, min(n, 1000))
    rows = environment.events.order_by("-pk")[:count]
    return [show_event(row) for row in reversed(rows)]
