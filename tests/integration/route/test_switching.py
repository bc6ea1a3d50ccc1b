"""Switching the traffic in a real Caddy: nothing is lost, nothing open is closed."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from nuages.route import sites
from tests.integration.route.conftest import Proxy, Reply, say


class Visitor(threading.Thread):
    """Asks again and again without ever retrying; counts what did not get an answer of the app."""

    def __init__(self, proxy: Proxy, host: str, keep_alive: bool) -> None:
        super().__init__()
        self.proxy, self.host, self.keep_alive = proxy, host, keep_alive
        self.answered, self.failed = 0, []  # type: ignore[var-annotated]
        self.ended = threading.Event()

    def run(self) -> None:
        connection: socket.socket | None = None
        while not self.ended.is_set():
            try:
                connection = connection or self.proxy.connect()
                method = b"POST" if self.answered % 10 == 0 else b"GET"
                close = b"" if self.keep_alive else b"Connection: close\r\n"
                head = b"%s / HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n%s\r\n"
                connection.sendall(head % (method, self.host.encode(), close))
                raw = connection.recv(65536)
                while raw and not raw.rstrip().endswith(b"done"):
                    raw += connection.recv(65536)
                if Reply(raw).status != 200:
                    self.failed.append(raw)
                self.answered += 1
            except (OSError, IndexError, ValueError) as error:
                self.failed.append(error)
                connection = None
            if not self.keep_alive and connection:
                connection.close()
                connection = None
        if connection:
            connection.close()


def test_switches_under_load_lose_no_request(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"v1 done"))
    proxy.deploy("other", 1, say(b"other done"))
    visitors = [
        Visitor(proxy, f"{name}.localhost", keep_alive)
        for name in ("polls", "other")
        for keep_alive in (True, False)
    ]
    for visitor in visitors:
        visitor.start()
    try:
        for version in range(2, 22):
            proxy.deploy("polls", version, say(b"v%d done" % version))
            sites.set_hosts(proxy.home, "other", ["other.localhost", f"new{version}.example"])
            wait_for_answers(visitors)
    finally:
        for visitor in visitors:
            visitor.ended.set()
        for visitor in visitors:
            visitor.join(20)
    assert [visitor.failed for visitor in visitors] == [[], [], [], []]
    assert proxy.get("polls.localhost").body == b"v21 done"


def wait_for_answers(visitors: list[Visitor]) -> None:
    """Until each visitor has been answered some times more."""
    wanted = [visitor.answered + 5 for visitor in visitors]
    deadline = time.monotonic() + 20
    while any(v.answered < n and v.is_alive() for v, n in zip(visitors, wanted, strict=True)):
        assert time.monotonic() < deadline
        visitors[0].ended.wait(0.001)


def test_an_open_websocket_survives_deployments_and_new_domains(proxy: Proxy) -> None:
    def echo(connection: socket.socket, _: bytes) -> None:
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        while part := connection.recv(65536):
            connection.sendall(part)

    proxy.deploy("chat", 1, echo)
    with proxy.connect() as visitor:
        visitor.sendall(
            b"GET /ws HTTP/1.1\r\nHost: chat.localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert visitor.recv(65536).startswith(b"HTTP/1.1 101")
        proxy.deploy("chat", 2, say(b"v2"))
        proxy.deploy("another", 1, say(b"new app"))
        sites.set_hosts(proxy.home, "chat", ["chat.localhost", "chat.example"])
        sites.remove(proxy.home, "another")
        assert proxy.get("chat.example").body == b"v2"
        visitor.sendall(b"\x81\x05still")
        assert visitor.recv(65536) == b"\x81\x05still"


def test_connections_opened_after_a_kill_wait_for_the_next_proxy(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    assert proxy.get("polls.localhost").status == 200
    proxy.kill()
    replies: list[Reply] = []
    waiting = [
        threading.Thread(target=lambda: replies.append(proxy.get("polls.localhost")))
        for _ in range(5)
    ]
    for thread in waiting:
        thread.start()
    proxy.start()
    for thread in waiting:
        thread.join(20)
    assert [reply.body for reply in replies] == [b"hello"] * 5


def test_a_new_domain_works_at_once_and_an_old_one_ends(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    sites.set_hosts(proxy.home, "polls", ["polls.localhost", "www.example.com"])
    assert proxy.get("www.example.com").body == b"hello"
    sites.set_hosts(proxy.home, "polls", ["polls.localhost"])
    assert proxy.get("www.example.com").status == 404


def test_a_removed_app_leaves_an_unknown_host(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    sites.remove(proxy.home, "polls")
    assert proxy.get("polls.localhost").status == 404


@pytest.mark.parametrize("length", [89, 90])
def test_host_names_are_limited_by_the_path_of_a_socket(proxy: Proxy, length: int) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    host = ".".join(["a" * 60, "b" * (length - 61)])
    sites.set_hosts(proxy.home, "polls", [host])
    assert len(host) == length
    assert (proxy.get(host).body == b"hello") == (length <= 89)


def test_the_proxy_starts_again_with_nothing_but_its_file(proxy: Proxy, short_tmp: Path) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    assert proxy.get("polls.localhost").status == 200
    proxy.kill()
    proxy.start()
    assert proxy.get("polls.localhost").body == b"hello"
    assert '"level":"error"' not in (short_tmp / "h" / "caddy.log").read_text()
