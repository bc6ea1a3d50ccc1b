"""A small API on a unix socket: answers what a test put in, and remembers what it was asked."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its method, its path without quoting, its query and its body."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Reply:
    """What is answered: JSON, or lines of JSON, or bytes; `cut` ends without the last chunk."""

    data: object = None
    status: int = 200
    lines: Iterable[object] | None = None
    raw: bytes | None = None
    cut: bool = False


Answer = Reply | Callable[[Asked], Reply]


@dataclass
class FakeApi:
    """`replies` maps `GET /api/apps` to its answer, or to a list of them, one for each request."""

    socket: Path
    replies: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> FakeApi:
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.socket.unlink(missing_ok=True)

    def on(self, route: str, *answers: object) -> None:
        """Answer `route` (`GET /api/apps`) with these, the last one again and again."""
        made: list[Answer] = [
            answer if isinstance(answer, Reply) or callable(answer) else Reply(answer)
            for answer in answers
        ]
        self.replies[route] = made

    def bodies(self, route: str) -> list[Any]:
        """The JSON bodies that came to `route`."""
        method, _, path = route.partition(" ")
        return [one.json for one in self.asked if (one.method, one.path) == (method, path)]

    def answer(self, asked: Asked) -> Reply:
        found = self.replies.get(f"{asked.method} {asked.path}")
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if found is None:
            return problem(404, "control.E002", f"no route {asked.method} {asked.path}", 4)
        return found(asked) if callable(found) else found


def problem(status: int, code: str, detail: str, exit_code: int, **more: object) -> Reply:
    """An RFC 9457 document as the platform writes it."""
    document = {
        "type": f"urn:nuages:error:{code}",
        "title": "A title",
        "status": status,
        "detail": detail,
        "code": code,
        "hint": "Do this.",
        "details": "",
        "retryable": False,
        "exit_code": exit_code,
    }
    return Reply({**document, **more}, status)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, api: FakeApi) -> None:
        self.api = api
        super().__init__(str(api.socket), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body)
        self.server.api.asked.append(asked)
        reply = self.server.api.answer(asked)
        self.send_response(reply.status)
        if reply.lines is None and reply.raw is None:
            content = b"" if reply.data is None else json.dumps(reply.data).encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = [reply.raw] if reply.raw is not None else []
        for piece in pieces or (json.dumps(line).encode() + b"\n" for line in reply.lines or ()):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
        if reply.cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 the standard library's names
