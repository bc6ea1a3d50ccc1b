"""Streams of the API: NDJSON lines that are sent when something happened, not when a timer ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import ClassVar
from weakref import WeakKeyDictionary

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse

from nuages.control import bells

NDJSON = "application/x-ndjson"
# The bell rings at every change; this is for one that was lost.
FALLBACK_SECONDS = 60.0
# Chunks that a thread reads before they are sent.
_AHEAD = 64


class Newsroom:
    """Hears the API's bell in an event loop and wakes every stream of that loop."""

    _rooms: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Newsroom]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    @classmethod
    def here(cls) -> Newsroom:
        """The newsroom of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in cls._rooms:
            cls._rooms[loop] = cls()
        return cls._rooms[loop]

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        """An event that is set at every ring while inside."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.add_reader(bells.TO_API.fileno(), self._heard)
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)
            if not self._waiting:
                loop.remove_reader(bells.TO_API.fileno())

    def _heard(self) -> None:
        bells.TO_API.hush()
        for event in self._waiting:
            event.set()


async def wait_for_news(event: asyncio.Event) -> None:
    """Sleep until the event is set, then clear it."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), FALLBACK_SECONDS)
    event.clear()


async def from_thread(chunks: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    """What a blocking iterator gives, read in a thread of its own. It has to give something,
    empty bytes at least, now and then: only then it learns that nobody listens any more."""
    loop, news = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()
    left, room = threading.Event(), threading.Semaphore(_AHEAD)

    def put(chunk: bytes | None) -> None:
        # The loop is closed when the API ends.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(news.put_nowait, chunk)

    def read() -> None:
        try:
            for chunk in chunks():
                room.acquire()
                if left.is_set():
                    return
                put(chunk)
        finally:
            put(None)

    threading.Thread(target=read, name="stream", daemon=True).start()
    try:
        while (chunk := await news.get()) is not None:
            room.release()
            if chunk:
                yield chunk
    finally:
        left.set()
        room.release()


def line(value: object) -> bytes:
    """One NDJSON line."""
    return json.dumps(value, cls=DjangoJSONEncoder).encode() + b"\n"


def stream(chunks: AsyncIterator[bytes], content_type: str = NDJSON) -> StreamingHttpResponse:
    """The response that sends chunks as they come."""
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Cache-Control"] = "no-store"
    return response
