"""Archives on their way in, taken before Django sees the request.

Django reads a body into a temporary file of its own before any code of ours runs, wherever the
system keeps such files and however large it is. Here it goes where it belongs, piece by piece,
and is refused as soon as it is too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from nuages.control.state.uploads import Incoming

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

PATH = "/api/uploads"
# What the route finds in the scope: the id of what was taken, or the error that it met.
TAKEN = "nuages.upload"


class TakeUploads:
    """Takes the body of an upload, and hands the request on without it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Anything else passes; so does an upload from the network, which is refused."""
        wanted = (scope["type"], scope.get("path"), scope.get("method")) == ("http", PATH, "POST")
        if not wanted or scope.get("client"):
            await self._application(scope, receive, send)
            return
        try:
            taken: str | Exception = await _take(scope, receive)
        except ConnectionAbortedError:
            return
        except Exception as error:
            taken = error
        await self._application({**scope, TAKEN: taken}, _nothing_more(), send)


async def _take(scope: Scope, receive: Receive) -> str:
    """The id of the archive that the body is. Raises what `Incoming` does, and
    ConnectionAbortedError where the sender goes away."""
    headers = dict(scope["headers"])
    name = parse_qs(scope["query_string"].decode(errors="replace")).get("name", ["app.zip"])[0]
    length = headers.get(b"content-length", b"0")
    incoming = Incoming(name, int(length) if length.isdigit() else 0)
    try:
        more = True
        while more:
            chunk, more = await _piece(receive)
            await asyncio.to_thread(incoming.write, chunk)
        incoming.close()
    except BaseException:
        incoming.discard()
        raise
    return incoming.id


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ConnectionAbortedError
    return message.get("body", b""), message.get("more_body", False)


def _nothing_more() -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        # The answer ends the request; what was refused may not be read to its end.
        await asyncio.Event().wait()
        raise AssertionError

    return receive
