"""Routes about what happens: the lines that instances print, and the events of an environment."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from nuages.control.api.schemas import EventOut, Problem
from nuages.control.api.streams import from_thread, line, stream
from nuages.control.api.views import show_event
from nuages.control.state.models import Environment
from nuages.control.state.queries import find_environment, load_redactor
from nuages.core.errors import NuagesError
from nuages.observe.logs import LogLine, LogReader, log_files
from nuages.observe.redact import Redactor
from nuages.release.errors import UNKNOWN_PROCESS

router = Router()
_MOST_LINES, _MOST_EVENTS = 10_000, 1000


@router.get(
    "/apps/{name}/events",
    response={200: list[EventOut], 404: Problem},
    summary="What happened to it, oldest first",
)
def events(request: HttpRequest, name: str, n: Query[int] = 100) -> list[dict[str, Any]]:
    """The last `n` events."""
    environment = find_environment(name)
    rows = environment.events.select_related("deployment", "environment__app")
    rows = rows.order_by("-pk")[: _between(n, _MOST_EVENTS)]
    return [show_event(row) for row in reversed(rows)]


@router.get(
    "/apps/{name}/logs",
    response={404: Problem},
    summary="What its instances printed, as NDJSON",
    openapi_extra={
        "responses": {
            200: {
                "description": "Lines `{time, created, process, instance, line}`, oldest first; "
                "with `follow` also those to come, until the reader goes away.",
                "content": {"application/x-ndjson": {}},
            }
        }
    },
)
def logs(
    request: HttpRequest,
    name: str,
    n: Query[int] = 100,
    process: Query[str] = "",
    follow: Query[bool] = False,
) -> StreamingHttpResponse:
    """The last `n` lines, of one process type where `process` is given. Values of config vars
    are taken out."""
    environment = find_environment(name)
    folder = settings.NUAGES_HOME.logs / environment.label
    known = sorted({file.process for file in log_files(folder)})
    if process and process not in known:
        raise NuagesError(
            UNKNOWN_PROCESS,
            f"'{environment}' has no process type '{process}' that printed anything; "
            f"there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none yet'}",
        )
    reader = LogReader(folder, process, _Values(environment))
    return stream(from_thread(lambda: _read(reader, _between(n, _MOST_LINES), follow)))


class _Values:
    """What takes the values of an environment out of lines, loaded again when there is a release
    with other ones: its row is written before its instances start."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._newest: int | None = None
        self._redactor = load_redactor(environment).texts

    def __call__(self) -> Redactor:
        newest = self._environment.releases.aggregate(newest=Max("pk"))["newest"]
        # A removed environment has none any more: what was known of it is still to be taken out.
        if newest is not None and newest != self._newest:
            self._newest = newest
            self._redactor = load_redactor(self._environment).texts
        return self._redactor


def _read(reader: LogReader, count: int, follow: bool) -> Iterator[bytes]:
    try:
        yield _lines(reader.tail(count))
        if follow:
            yield from map(_lines, reader.follow())
    finally:
        # This is a thread of its own.
        connection.close()


def _lines(found: Iterable[LogLine]) -> bytes:
    return b"".join(line({**asdict(row), "created": _moment(row.time)}) for row in found)


def _moment(time: float | None) -> datetime | None:
    return None if time is None else datetime.fromtimestamp(time, UTC)


def _between(count: int, most: int) -> int:
    return max(0, min(count, most))
