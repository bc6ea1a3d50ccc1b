"""uvicorn on a socket that is open already, without a timer that wakes it ten times a second."""

from __future__ import annotations

import asyncio
import socket
import struct
from types import FrameType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

# Streams that are still open when the API is told to stop are cut after this many seconds; their
# readers take them up again.
STREAMS_GRACE = 1
# unix(7): pid, uid, gid.
_UCRED = struct.Struct("3i")


class KnowsItsPeer(H11Protocol):
    """Tells the application who is at the other end of the unix socket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The kernel vouches for the user, as it was when the connection was made."""
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        self.app_state = {**self.app_state, "uid": _UCRED.unpack(credentials)[1]}


class QuietServer(uvicorn.Server):
    """Sleeps until it is told to stop."""

    _stop: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Wait for the signal; uvicorn's own loop looks ten times a second."""
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self.on_tick(0)
        if not self.should_exit:
            await self._stop.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to stop."""
        super().handle_exit(sig, frame)
        # The process ends by returning from `serve_api`, not by the signal raised again.
        self._captured_signals.clear()
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def serve_api(listener: socket.socket) -> int:
    """Answer requests on `listener` until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        "nuages.control.asgi:application",
        loop="asyncio",
        http=KnowsItsPeer,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        # The only client is the one at the other end of the socket.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=STREAMS_GRACE,
    )
    QuietServer(config).run(sockets=[listener])
    return 0
