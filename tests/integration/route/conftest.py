"""A real proxy in its sandbox, with the test in the agent's place: it holds the sockets."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.platform import PlatformSettings
from nuages.core.release import Release
from nuages.route import sites
from nuages.route.service import PROXY_UID, prepare_proxy, proxy_service
from nuages.system.sockets import listen_tcp, listen_unix
from nuages.system.spawn import Spawn, spawn
from tools.own_platform import free_port

Answer = Callable[[socket.socket, bytes], None]


def make_release(label: str, version: int, static_url: str, media_url: str, digest: str) -> Release:
    """A release with just what the proxy's folders are made from."""
    report = ProbeReport("5.2", "3.11", "s", static_url=static_url, media_url=media_url)
    nowhere = Path("/nowhere")
    image = Image(
        digest="sha256:0",
        app=nowhere,
        venv=nowhere,
        runtime=nowhere,
        static=None,
        static_digest=digest,
        python=None,
        python_version="3.11",
        project=".",
        report=report,
        blueprint=Blueprint("s", "wsgi", "w", ()),
    )
    environment = EnvironmentName(label)
    return Release(environment, version, image, {}, (), (f"{label}.localhost",))


class App:
    """An application behind a listening socket; `answer` is called for every connection."""

    def __init__(self, listener: socket.socket, answer: Answer) -> None:
        self.listener, self.answer = listener, answer
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(65536)
                if not part:
                    return
                request += part
            self.requests.append(request)
            self.answer(connection, request)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(5)


def say(body: bytes) -> Answer:
    """An application that says `body` to everything."""

    def answer(connection: socket.socket, _: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    return answer


class Reply:
    """A whole HTTP response, as it came."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = dict(line.lower().split(": ", 1) for line in lines[1:])


class Proxy:
    """The proxy of a home, and the applications behind it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.uid = PROXY_UID if os.geteuid() == 0 else None
        self.settings = PlatformSettings(free_port(), "127.0.0.1")
        self.listener = listen_tcp(self.settings.listen)
        self.inner = listen_tcp("127.0.0.1:0")
        self.apps: list[App] = []
        self.pid = 0
        self.log = home.path / "caddy.log"

    def start(self) -> None:
        prepare_proxy(self.home, self.settings, self.uid, internal=True)
        spec = proxy_service(self.home, self.settings, self.uid, internal=True)
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            descriptors = {0: null, 1: log, 2: log, 3: self.listener.fileno()}
            descriptors[4] = self.inner.fileno()
            self.pid = spawn(Spawn(spec.argv, dict(spec.env), descriptors))
        finally:
            os.close(log)
            os.close(null)

    def inside(self) -> int:
        """Caddy itself: bubblewrap's only child."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        deadline = time.monotonic() + 10
        while not (found := children.read_text().split()):
            assert time.monotonic() < deadline
        return int(found[0])

    def kill(self) -> None:
        """End Caddy like the kernel would when memory is short."""
        os.kill(self.inside(), signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.pid = 0

    def stop(self) -> None:
        if self.pid:
            os.kill(self.inside(), signal.SIGTERM)
            os.waitpid(self.pid, 0)
        for app in self.apps:
            app.close()
        self.listener.close()
        self.inner.close()

    def deploy(self, label: str, version: int, answer: Answer, **urls: object) -> App:
        """A release with an application, with the traffic of <label>.localhost."""
        release = make_release(
            label,
            version,
            str(urls.get("static_url", "/static/")),
            str(urls.get("media_url", "/media/")),
            str(urls.get("digest", "")),
        )
        folder = sites.publish_release(self.home, release, media=bool(urls.get("media", False)))
        app = App(listen_unix(folder / "web.sock", 0o666), answer)
        self.apps.append(app)
        sites.set_hosts(self.home, label, [f"{label}.localhost"])
        sites.switch(self.home, label, version)
        return app

    def connect(self, *, inside: bool = False) -> socket.socket:
        address = (self.inner if inside else self.listener).getsockname()
        connection = socket.create_connection(address, timeout=20)
        connection.settimeout(20)
        return connection

    def raw(self, request: bytes, *, inside: bool = False) -> Reply:
        """The answer to bytes that close their connection."""
        with self.connect(inside=inside) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return Reply(b"".join(parts))

    def get(self, host: str, path: str = "/", *headers: str, method: str = "GET") -> Reply:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        return self.raw(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))


@pytest.fixture
def proxy(short_tmp: Path) -> Iterator[Proxy]:
    """A proxy that runs, with a home that nobody else may enter."""
    home = Home(short_tmp / "h")
    home.path.mkdir(mode=0o700)
    one = Proxy(home)
    one.start()
    try:
        yield one
    finally:
        one.stop()
