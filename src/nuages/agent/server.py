"""The agent's socket: lines of JSON in, answers out, descriptors along with them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nuages.agent.errors import BAD_REQUEST
from nuages.agent.loop import Loop
from nuages.core.errors import INTERNAL, NuagesError
from nuages.engines.local.protocol import encode, encode_error
from nuages.system.sockets import listen_unix, peer_uid, receive_with

_CHUNK = 65536
# Config vars of many process types; more than any request has.
_LONGEST_REQUEST = 32 * 1024 * 1024


class Request(dict[str, Any]):
    """The fields of a request. One that is missing is the client's mistake: agent.E001."""

    def __missing__(self, name: str) -> Any:
        raise NuagesError(BAD_REQUEST, f"A request has no field '{name}'")


# Takes a request and its connection; answers by `Connection.send`, now or later.
Handler = Callable[[Request, "Connection"], None]


class Connection:
    """A client. `descriptors` came along and are the handler's to take; `on_close` is called
    once when the client has gone."""

    def __init__(self, loop: Loop, channel: socket.socket, handler: Handler) -> None:
        self.descriptors: list[int] = []
        self.on_close: Callable[[], None] = _nothing
        self._loop = loop
        self._channel = channel
        self._handler = handler
        self._received = b""
        self._unsent = b""
        channel.setblocking(False)
        loop.watch(channel.fileno(), self._read)

    def send(self, answer: Mapping[str, Any]) -> None:
        """Send one line; what the client does not take yet is kept."""
        if self._channel.fileno() < 0:
            return
        self._unsent += encode(answer)
        self._write()

    def fail(self, error: NuagesError) -> None:
        """Answer with an error."""
        self.send(encode_error(error))

    def close(self) -> None:
        """End it."""
        if self._channel.fileno() < 0:
            return
        self._loop.forget(self._channel.fileno())
        self._channel.close()
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        on_close, self.on_close = self.on_close, _nothing
        on_close()

    def _read(self) -> None:
        try:
            data, descriptors = receive_with(self._channel, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data, descriptors = b"", []
        self.descriptors += descriptors
        self._received += data
        if not data or len(self._received) > _LONGEST_REQUEST:
            self.close()
            return
        while b"\n" in self._received and self._channel.fileno() >= 0:
            line, _, self._received = self._received.partition(b"\n")
            self._handle(line)

    def _handle(self, line: bytes) -> None:
        try:
            self._handler(_decode(line), self)
        except NuagesError as error:
            self.fail(error)
        except Exception as error:
            with contextlib.suppress(OSError):
                traceback.print_exc(file=sys.stderr)
            self.fail(NuagesError(INTERNAL, f"The agent failed: {error!r}"))

    def _write(self) -> None:
        try:
            sent = self._channel.send(self._unsent, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        self._unsent = self._unsent[sent:]
        self._loop.watch_writable(self._channel.fileno(), self._write if self._unsent else None)


class Server:
    """Listens at a path for clients that run as this user, or as root."""

    def __init__(self, loop: Loop, path: Path, handler: Handler) -> None:
        self._loop = loop
        self._path = path
        self._handler = handler
        self._listener = listen_unix(path, 0o600)
        self._listener.setblocking(False)
        loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Listen no more."""
        self._loop.forget(self._listener.fileno())
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            channel, _ = self._listener.accept()
            if peer_uid(channel) in (0, os.geteuid()):
                Connection(self._loop, channel, self._handler)
            else:
                channel.close()


def _decode(line: bytes) -> Request:
    try:
        return Request(json.loads(line))
    except (ValueError, TypeError) as error:
        raise NuagesError(BAD_REQUEST, f"A request is malformed: {error!r}") from None


def _nothing() -> None:
    return
