"""One HTTP request over the platform's unix socket, made with the standard library.

`http.client` instead of httpx: importing httpx takes 0.13 s, which is as long as a whole command
may take to start.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from nuages.client.errors import (
    BROKEN_OFF,
    FORBIDDEN,
    NOT_UNDERSTOOD,
    UNREACHABLE,
    problem_error,
)
from nuages.core.errors import NuagesError

# Seconds until an answer must have begun; streams may then be silent for as long as they like.
ANSWER_WITHIN = 60.0
_CHUNK = 65536


class _UnixConnection(HTTPConnection):
    """An HTTP connection whose other end is a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("nuages", timeout=ANSWER_WITHIN)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise


@dataclass(frozen=True, slots=True)
class Request:
    """A method, a path that is quoted already, a query, and a body: JSON, or bytes as they are."""

    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    json: object | None = None
    body: bytes | BinaryIO | None = None
    length: int = 0

    @property
    def target(self) -> str:
        """Path and query, as the request line has them."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def quoted(*parts: str) -> str:
    """`/api/` and the parts, each quoted: names such as `polls@test` stay readable."""
    return "/api/" + "/".join(quote(part, safe="@") for part in parts)


class Connection:
    """Asks the control plane whose socket is `path`; one connection for each request."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, request: Request) -> Any:
        """The parsed JSON answer (None where there is none). Raises what the server says."""
        with _Answer(self, request) as response:
            text = response.read()
        return _parsed(text, request) if text else None

    def lines(self, request: Request) -> Iterator[dict[str, Any]]:
        """The objects of a newline-delimited JSON answer, as they come."""
        with _Answer(self, request) as response:
            while line := response.readline():
                if not line.endswith(b"\n"):
                    raise NuagesError(BROKEN_OFF, "The platform broke off in the middle of a line")
                if line.strip():
                    yield _parsed(line, request)

    def chunks(self, request: Request) -> Iterator[bytes]:
        """The bytes of an answer, as they come."""
        with _Answer(self, request) as response:
            while data := response.read1(_CHUNK):
                yield data


class _Answer:
    """A response while it is read; connection failures become errors of ours, and it is closed."""

    def __init__(self, connection: Connection, request: Request) -> None:
        self._path = connection.path
        self._request = request
        self._http = _UnixConnection(connection.path)

    def __enter__(self) -> HTTPResponse:
        try:
            response = self._send()
            refusal = _told(response) if response.status >= 400 else None
        except BaseException as error:
            self._http.close()
            raise _translated(error, self._path) from None
        if refusal is not None:
            self._http.close()
            raise refusal
        return response

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._http.close()
        if error is not None and isinstance(error, (OSError, HTTPException)):
            raise NuagesError(BROKEN_OFF, "The platform broke off while it answered") from error

    def _send(self) -> HTTPResponse:
        request = self._request
        body: bytes | BinaryIO | None = request.body
        headers = {"Accept": "application/json", "Connection": "close"}
        if request.json is not None:
            body = json.dumps(request.json).encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            headers["Content-Type"] = "application/octet-stream"
            headers["Content-Length"] = str(
                len(body) if isinstance(body, bytes) else request.length
            )
        # A refusal may come before all of an upload is sent; it is there to be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._http.request(request.method, request.target, body, headers)
        # getresponse() hands the socket over, so the time limit has to be lifted on it before.
        link = self._http.sock
        response = self._http.getresponse()
        link.settimeout(None)
        return response


def _parsed(text: bytes, request: Request) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise NuagesError(
            NOT_UNDERSTOOD, f"{request.method} {request.path} gave something else than JSON"
        ) from None


def _told(response: HTTPResponse) -> NuagesError:
    try:
        problem = json.loads(response.read())
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return NuagesError(NOT_UNDERSTOOD, f"The platform answered {response.status}")
    return problem_error(problem, response.status)


def _translated(error: BaseException, path: Path) -> BaseException:
    """A failure to reach the platform, as an error with its fix; anything else as it is."""
    if isinstance(error, PermissionError):
        return NuagesError(FORBIDDEN, f"No permission for the platform in {path.parent.parent}")
    if isinstance(error, TimeoutError):
        return NuagesError(
            UNREACHABLE,
            f"The platform in {path.parent.parent} gave no answer in {ANSWER_WITHIN:.0f} s",
            hint="Look at it with: nuages status",
        )
    if isinstance(error, (FileNotFoundError, ConnectionRefusedError, NotADirectoryError)):
        return NuagesError(UNREACHABLE, f"No platform is running in {path.parent.parent}")
    if isinstance(error, (OSError, HTTPException)):
        return NuagesError(BROKEN_OFF, "The platform broke off before it answered")
    return error
