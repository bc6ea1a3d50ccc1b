"""Reads what an example must answer (its test.json) and asks a running platform for it.

Everything is dialled at 127.0.0.1 with a Host header, because `NAME.localhost` does not resolve
everywhere. Used by the demo and by the tests of whole deployments.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 30.0
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class WrongAnswerError(Exception):
    """The site answered something else; the message says what was asked and what came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, its headers (names in lower case) and its body as text."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(slots=True)
class Visitor:
    """A browser without a window: keeps cookies, sends Origin with forms.

    `address` is the site's URL as it is shown to people, e.g. `http://polls.localhost:8000`.
    """

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own. Redirects are not followed."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", urlsplit(self.address).port or 80, timeout=TIMEOUT
        )
        try:
            sent = {"Host": self.host, **(headers or {})}
            if self.cookies:
                sent["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
            connection.request(method, path, body or None, sent)
            response = connection.getresponse()
            content = response.read().decode(errors="replace")
            for cookie in response.headers.get_all("Set-Cookie") or []:
                name, _, text = cookie.split(";")[0].partition("=")
                self.cookies[name.strip()] = text
        finally:
            connection.close()
        found = {name.lower(): text for name, text in response.getheaders()}
        return Answer(response.status, found, content)

    def submit(
        self,
        page: str,
        fields: dict[str, str],
        files: dict[str, dict[str, str]] | None = None,
        action: str = "",
    ) -> Answer:
        """Fill in the form on `page` and send it as a browser would, CSRF token and Origin too."""
        shown = self.ask(page)
        token = _TOKEN.search(shown.text)
        if token is None:
            raise WrongAnswerError(
                f"{self.address}{page}: {shown.status}, and no form with a token"
            )
        filled = {"csrfmiddlewaretoken": token[1], **fields}
        kind, body = _multipart(filled, files) if files else _urlencoded(filled)
        headers = {
            "Content-Type": kind,
            "Origin": self.address,
            "Referer": f"{self.address}{page}",
        }
        return self.ask(action or page, "POST", body, headers)

    def talk(self, path: str, say: str) -> str:
        """Open a WebSocket, send one text frame, and return the first text frame that comes."""
        key = base64.b64encode(os.urandom(16)).decode()
        with socket.create_connection(
            ("127.0.0.1", urlsplit(self.address).port or 80), TIMEOUT
        ) as connection:
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nOrigin: {self.address}\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            stream = connection.makefile("rb")
            status = stream.readline().decode(errors="replace").strip()
            if " 101 " not in f"{status} ":
                raise WrongAnswerError(f"WebSocket {self.address}{path}: {status}")
            while stream.readline().strip():
                pass
            connection.sendall(text_frame(say))
            return read_text_frame(stream)


def check_site(expected: dict[str, Any], address: str) -> str:
    """Ask everything that a test.json names; a short account of it, or WrongAnswerError."""
    visitor = Visitor(address.rstrip("/"))
    for wanted in expected.get("requests", []):
        expect(visitor, wanted)
    expect(visitor, {"status": 200, **expected["static"]})
    for form in expected.get("forms", []):
        check_form(visitor, form)
    if "websocket" in expected:
        wanted = expected["websocket"]
        heard = visitor.talk(wanted["path"], wanted["say"])
        if heard != wanted["hear"]:
            raise WrongAnswerError(f"WebSocket {wanted['path']}: heard {heard!r}")
    return account(expected)


def check_form(visitor: Visitor, form: dict[str, Any]) -> None:
    """Send a form; it must redirect, and what follows must answer."""
    sent = visitor.submit(form["page"], form["fields"], form.get("files"))
    if sent.status != form.get("status", 302):
        raise WrongAnswerError(f"POST {form['page']}: {sent.status}\n{sent.text[:400]}")
    for wanted in form["then"]:
        expect(visitor, wanted)


def expect(visitor: Visitor, wanted: dict[str, Any]) -> Answer:
    """One GET that must answer with this status, text and type; `within` seconds where said."""
    deadline = time.monotonic() + wanted.get("within", 0)
    while True:
        answer = visitor.ask(wanted["path"])
        wrong = difference(answer, wanted)
        if not wrong:
            return answer
        if time.monotonic() >= deadline:
            raise WrongAnswerError(f"GET {visitor.address}{wanted['path']}: {wrong}")
        time.sleep(0.1)  # asked again until the time that the example itself allows


def account(expected: dict[str, Any]) -> str:
    """What was asked, for people: `3 pages, 1 static file, 1 form`."""
    parts = [_count(len(expected.get("requests", [])), "page"), "1 static file"]
    if forms := expected.get("forms"):
        parts.append(_count(len(forms), "form"))
    if "websocket" in expected:
        parts.append("1 WebSocket")
    return ", ".join(parts)


def read_expected(example: Path) -> dict[str, Any]:
    """The test.json of an example."""
    loaded: dict[str, Any] = json.loads((example / "test.json").read_text())
    return loaded


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def difference(answer: Answer, wanted: dict[str, Any]) -> str:
    """In which way an answer is not the wanted one; empty where it is."""
    if answer.status != wanted.get("status", 200):
        return f"{answer.status} instead of {wanted.get('status', 200)}\n{answer.text[:400]}"
    if wanted.get("text", "") not in answer.text:
        return f"{answer.status}, without the text {wanted['text']!r}\n{answer.text[:400]}"
    kind = answer.headers.get("content-type", "")
    if not kind.startswith(wanted.get("type", "")):
        return f"type {kind!r} instead of {wanted['type']!r}"
    return ""


def _urlencoded(fields: dict[str, str]) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def _multipart(fields: dict[str, str], files: dict[str, dict[str, str]]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
        f'filename="{sent["name"]}"\r\nContent-Type: text/plain\r\n\r\n{sent["content"]}\r\n'
        for name, sent in files.items()
    ]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return f"multipart/form-data; boundary={boundary}", body.encode()


def text_frame(text: str) -> bytes:
    """A masked text frame of up to 125 bytes (RFC 6455, 5.2)."""
    payload, mask = text.encode(), os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return struct.pack("!BB", 0x81, 0x80 | len(payload)) + mask + masked


def read_text_frame(stream: Any) -> str:
    """One unmasked text frame of up to 65 535 bytes, as a server sends it."""
    head = stream.read(2)
    if len(head) < 2:
        raise WrongAnswerError("the WebSocket was closed before anything came")
    kind, length = head[0] & 0x0F, head[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", stream.read(2))
    payload: bytes = stream.read(length)
    if kind != 1:
        raise WrongAnswerError(f"the WebSocket sent a frame of kind {kind} instead of text")
    return payload.decode()
