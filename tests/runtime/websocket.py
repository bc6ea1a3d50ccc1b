"""The little of RFC 6455 that a test needs: open, say a text, hear a text or a close code."""

from __future__ import annotations

import base64
import os
import socket
import struct
from types import TracebackType

TEXT, CLOSE, PING = 1, 8, 9


class WebSocket:
    """A client's end of a WebSocket, on a connection that is open already."""

    def __init__(self, connection: socket.socket, host: str, headers: str = "") -> None:
        self._socket = connection
        self._left = b""
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET /chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
        )
        while b"\r\n\r\n" not in self._left:
            self._left += self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        assert head.split()[1] == b"101", head.decode()

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._socket.close()

    def say(self, text: str) -> None:
        """Send a text; a client's frames are masked."""
        data, mask = text.encode(), os.urandom(4)
        assert len(data) < 126
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | TEXT, 0x80 | len(data)]) + mask + masked)

    def hear(self) -> str | int:
        """The next text, or the code with which the other side closes."""
        while True:
            kind, data = self._frame()
            if kind == TEXT:
                return data.decode()
            if kind == CLOSE:
                return int(struct.unpack("!H", data[:2])[0])

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._take(2)
        assert length < 126, "longer than any frame of these tests"
        return first & 0x0F, self._take(length)

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._left += self._more()
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        assert data, "the connection ended without a close frame"
        return data
