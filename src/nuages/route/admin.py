"""Talks to the running proxy through its admin socket: which document it has, and a new one.

Loading a document closes idle client connections, so it is done only where it differs.
"""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from nuages.core.errors import NuagesError
from nuages.route.errors import PROXY_REFUSED, PROXY_UNREACHABLE
from nuages.system.sockets import connect_unix

_TIMEOUT = 30.0


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock: socket.socket = connect_unix(self._path, _TIMEOUT)


def read_document(admin: Path) -> dict[str, Any]:
    """The document that the proxy runs with. Raises route.E010 where it does not answer."""
    document: dict[str, Any] = json.loads(_ask(admin, "GET", "/config/"))
    return document


def ensure_document(admin: Path, document: dict[str, Any]) -> bool:
    """Make the proxy run with `document`; False where it does already.

    Raises route.E010 where it does not answer, route.E011 with its words where it refuses; it
    then goes on with what it had.
    """
    if read_document(admin) == json.loads(json.dumps(document)):
        return False
    _ask(admin, "POST", "/load", json.dumps(document).encode())
    return True


def _ask(admin: Path, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = _Connection(admin)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NuagesError(PROXY_UNREACHABLE, f"The proxy does not answer: {error}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        said = answer.decode(errors="replace")
        raise NuagesError(PROXY_REFUSED, "The proxy refused its configuration", details=said)
    return answer
