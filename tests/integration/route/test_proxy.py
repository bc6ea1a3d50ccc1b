"""The constant document in a real Caddy: what visitors get, and what they cannot get."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from nuages.route import sites
from nuages.route.admin import ensure_document
from nuages.route.media import serve_media
from nuages.route.render import render_caddy
from nuages.route.service import admin_socket, proxy_settings
from tests.integration.route.conftest import Proxy, say

HASHED = "css/base.0123456789ab.css"


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def put_static(proxy: Proxy, name: str, content: bytes, digest: str = "d1") -> None:
    put(proxy.home.static / digest / name, content)


def test_an_app_answers_at_its_host_name(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    reply = proxy.get("polls.localhost")
    assert (reply.status, reply.body) == (200, b"hello")


def test_an_unknown_host_gets_a_plain_404_page(proxy: Proxy) -> None:
    text = proxy.get("nobody.localhost")
    page = proxy.get("nobody.localhost", "/", "Accept: text/html,*/*")
    assert text.status == page.status == 404
    assert text.headers["content-type"].startswith("text/plain")
    assert b"No app answers at this address" in text.body
    assert page.headers["content-type"].startswith("text/html")
    assert b"<h1>No app answers at this address</h1>" in page.body


def test_a_known_host_without_a_socket_gets_503_and_when_to_come_back(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    (sites.release_folder(proxy.home, "polls", 1) / "web.sock").unlink()
    reply = proxy.get("polls.localhost", "/x")
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert b"web.sock" not in reply.raw
    assert b"/p/" not in reply.raw


def test_a_known_host_that_refuses_gets_503(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello")).close()
    proxy.apps.clear()
    assert proxy.get("polls.localhost").status == 503


@pytest.mark.parametrize(
    "host",
    ["..", ".", "...", "a/b", "../x", "%2e%2e", "%2e%2e%2fpolls", "*", "polls.*", "?", "[", "::1"],
)
def test_a_hostile_host_reaches_nothing(proxy: Proxy, host: str) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    put_static(proxy, "web.sock", b"secret")
    for folder in (proxy.home.proxy / "public", proxy.home.proxy / "sites" / "public"):
        put(folder / "x", b"secret")
    for path in ("/", "/x", "/public/x"):
        reply = proxy.get(host, path)
        assert reply.status in (400, 404), reply.raw
        assert b"secret" not in reply.raw
        assert b"/p/" not in reply.raw


def test_a_request_without_host_is_refused(proxy: Proxy) -> None:
    assert proxy.raw(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").status == 400
    assert proxy.raw(b"GET / HTTP/1.0\r\n\r\n").status == 400


@pytest.mark.parametrize("host", ["POLLS.localhost", "polls.LOCALHOST.", "polls.localhost.:80"])
def test_a_host_in_another_spelling_reaches_the_app(proxy: Proxy, host: str) -> None:
    app = proxy.deploy("polls", 1, say(b"hello"), digest="d1")
    put_static(proxy, "a.txt", b"file")
    assert proxy.get(host).body == b"hello"
    assert proxy.get(host, "/static/a.txt").body == b"file"
    assert b"Host: polls.localhost" in app.requests[0]


def test_what_outsiders_say_about_the_request_is_not_believed(proxy: Proxy) -> None:
    app = proxy.deploy("polls", 1, say(b""))
    forged = [
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-Port: 666",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Protocol: ssl",
        "X_Forwarded_For: 6.6.6.6",
        "X_Forwarded-Proto: https",
        "X.Real.IP: 6.6.6.6",
        "X-Real-IP: 6.6.6.6",
        "Forwarded: for=6.6.6.6;proto=https",
        "Script-Name: /evil",
        "SCRIPT_NAME: /evil",
        "X-Script-Name: /evil",
        "X-Original-URL: /evil",
        "Remote-User: evil",
        "REMOTE_USER: evil",
        "Proxy: http://evil",
        "X-Forwarded: 6.6.6.6",
        "Forwarded-For: 6.6.6.6",
        "X-Client-IP: 6.6.6.6",
        "X-Cluster-Client-IP: 6.6.6.6",
        "X-Remote-Addr: 6.6.6.6",
        "True-Client-IP: 6.6.6.6",
        "CF-Connecting-IP: 6.6.6.6",
        "Fastly-Client-IP: 6.6.6.6",
        "X-ARR-SSL: ssl",
        "Front-End-Https: ssl",
    ]
    proxy.get("polls.localhost", "/", *forged, "X-Requested-With: fetch")
    request = app.requests[0]
    seen = {
        name.lower(): value
        for name, _, value in (
            line.partition(": ") for line in request.decode().split("\r\n")[1:] if line
        )
    }
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-host"] == "polls.localhost"
    assert seen["x-requested-with"] == "fetch"
    for word in (b"evil", b"6.6.6.6", b"https", b"666", b"ssl"):
        assert word not in request.lower()


@pytest.mark.parametrize("host", ["polls", "polls.internal", "Polls.internal:80", "polls."])
def test_apps_of_a_stack_reach_each_other_by_name(proxy: Proxy, host: str) -> None:
    app = proxy.deploy("polls", 1, say(b"hello"))
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert proxy.raw(request, inside=True).body == b"hello"
    assert b"\r\nHost: polls" in app.requests[0]


def test_a_static_file_comes_from_the_proxy_and_the_rest_from_the_app(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    put_static(proxy, "a.css", b"body{}")
    reply = proxy.get("polls.localhost", "/static/a.css")
    assert reply.body == b"body{}"
    assert reply.headers["content-type"].startswith("text/css")
    assert reply.headers["cache-control"] == "no-cache"
    assert proxy.get("polls.localhost", "/static/none.css").body == b"app"
    assert proxy.get("polls.localhost", "/static/").body == b"app"
    assert proxy.get("polls.localhost", "/static").body == b"app"
    assert proxy.get("polls.localhost", "/static/a.css", method="POST").body == b"app"


def test_the_apps_answer_carries_no_header_of_the_file_server(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1", media=True)
    headers = proxy.get("polls.localhost", "/static/none.0123456789ab.css").headers
    assert not {"cache-control", "content-security-policy", "x-content-type-options"} & set(headers)
    assert "vary" not in headers


@pytest.mark.parametrize("path", ["/" + "x" * 300, "/static/a.css/more", "/x%00y"])
def test_a_path_that_no_file_can_have_is_the_apps(proxy: Proxy, path: str) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    put_static(proxy, "a.css", b"body{}")
    reply = proxy.get("polls.localhost", path)
    assert (reply.status, reply.body) == (200, b"app")
    assert "content-security-policy" not in reply.headers
    assert "cache-control" not in reply.headers


def test_content_types_are_the_platforms_own(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    types = {
        "a.otf": "font/otf",
        "a.woff2": "font/woff2",
        "a.js.map": "application/json",
        "a.webmanifest": "application/manifest+json",
        "a.webm": "video/webm",
        "a.svg": "image/svg+xml",
        "a.html": "text/html; charset=utf-8",
    }
    for name, kind in types.items():
        put_static(proxy, name, b"<html>")
        assert proxy.get("polls.localhost", f"/static/{name}").headers["content-type"] == kind
    put_static(proxy, "a.unknown", b"<html>")
    assert "content-type" not in proxy.get("polls.localhost", "/static/a.unknown").headers


def test_a_hashed_name_is_immutable_and_a_time_stamp_is_not(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    for name in (HASHED, "LICENSE.0123456789ab", "backup.202501011200.zip", "a.0123456789ab.b.css"):
        put_static(proxy, name, b"x")
    immutable = "public, max-age=31536000, immutable"
    for name, policy in {
        HASHED: immutable,
        "LICENSE.0123456789ab": immutable,
        "backup.202501011200.zip": "no-cache",
        "a.0123456789ab.b.css": "no-cache",
    }.items():
        assert proxy.get("polls.localhost", f"/static/{name}").headers["cache-control"] == policy


@pytest.mark.parametrize(("coding", "ending"), [("zstd", "zst"), ("br", "br"), ("gzip", "gz")])
def test_a_compressed_form_is_sent_to_who_takes_it(proxy: Proxy, coding: str, ending: str) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    put_static(proxy, "a.css", b"plain")
    put_static(proxy, f"a.css.{ending}", f"as {coding}".encode())
    reply = proxy.get("polls.localhost", "/static/a.css", f"Accept-Encoding: {coding}")
    plain = proxy.get("polls.localhost", "/static/a.css")
    assert reply.body == f"as {coding}".encode()
    assert reply.headers["content-encoding"] == coding
    assert reply.headers["content-type"].startswith("text/css")
    assert reply.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert reply.headers["etag"] != plain.headers["etag"]
    assert plain.body == b"plain"


@pytest.mark.parametrize(("coding", "ending"), [("zstd", "zst"), ("br", "br"), ("gzip", "gz")])
def test_no_upload_stands_in_for_another_one(proxy: Proxy, coding: str, ending: str) -> None:
    proxy.deploy("polls", 1, say(b"app"), media=True)
    uploads = proxy.home.media / "polls"
    put(uploads / "victim.pdf", b"the victim's")
    put(uploads / f"victim.pdf.{ending}", b"a stranger's")
    reply = proxy.get("polls.localhost", "/media/victim.pdf", f"Accept-Encoding: {coding}")
    assert reply.body == b"the victim's"
    assert "content-encoding" not in reply.headers


def test_a_browser_that_has_the_file_is_told_so(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), digest="d1")
    put_static(proxy, "a.css", b"plain")
    etag = proxy.get("polls.localhost", "/static/a.css").headers["etag"]
    reply = proxy.get("polls.localhost", "/static/a.css", f"If-None-Match: {etag}")
    assert (reply.status, reply.body) == (304, b"")


def test_an_upload_runs_no_script(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), media=True)
    put(proxy.home.media / "polls" / "evil.html", b"<script>alert(1)</script>")
    headers = proxy.get("polls.localhost", "/media/evil.html").headers
    assert "script-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in headers


def test_uploads_of_an_app_with_a_view_of_its_own_stay_hidden(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), media=False)
    put(proxy.home.media / "polls" / "a.txt", b"private")
    assert proxy.get("polls.localhost", "/media/a.txt").body == b"app"


def test_an_upload_that_is_a_link_leads_nowhere(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), media=True)
    uploads = proxy.home.media / "polls"
    uploads.mkdir(parents=True, exist_ok=True)
    secret = proxy.home.path / "key"
    secret.write_text("root:secret")
    targets = {
        "shadow": "/etc/shadow",
        "passwd": "/etc/passwd",
        "key": str(secret),
        "up": "../../../key",
        "admin": "/run/proxy/admin.sock",
        "admin-host": str(proxy.home.run / "proxy" / "admin.sock"),
        "environ": "/proc/self/environ",
        "socket": "../../releases/polls.v1/web.sock",
    }
    for name, target in targets.items():
        (uploads / name).symlink_to(target)
    for name in targets:
        reply = proxy.get("polls.localhost", f"/media/{name}")
        assert b"root:" not in reply.raw
        assert reply.body == b"app" or reply.status == 503, (name, reply.raw)


def test_a_folder_that_is_a_link_gives_no_way_to_the_admin_socket(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"app"), media=True)
    uploads = proxy.home.media / "polls"
    uploads.mkdir(parents=True, exist_ok=True)
    (uploads / "run").symlink_to("/run/proxy")
    (uploads / "web.sock").symlink_to("/run/proxy/admin.sock")
    assert proxy.get("polls.localhost", "/media/run/admin.sock").status in (200, 503)
    assert b"apps" not in proxy.get("polls.localhost", "/media/web.sock").body


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the proxy a user of its own")
def test_the_proxy_runs_under_its_own_user_without_capabilities(proxy: Proxy) -> None:
    proxy.get("nobody.localhost")
    status = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{proxy.inside()}/status").read_text().splitlines()
        if ":\t" in line
    )
    assert set(status["Uid"].split()) == {"1900000000"}
    assert set(status["Gid"].split()) == {"1900000000"}
    assert status["Groups"].strip() == ""
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
        "0000000000000000"
    }
    assert status["NoNewPrivs"] == "1"


def test_the_proxy_sees_nothing_of_the_home_but_its_own_part(proxy: Proxy) -> None:
    proxy.get("nobody.localhost")
    root = Path(f"/proc/{proxy.inside()}/root")
    assert {"p", "caddy"} <= {entry.name for entry in root.iterdir()}
    assert not (root / str(proxy.home.path).lstrip("/")).exists()
    assert not (root / "etc" / "shadow").exists()


def test_only_its_owner_may_use_the_admin_socket(proxy: Proxy) -> None:
    proxy.get("nobody.localhost")
    path = proxy.home.run / "proxy" / "admin.sock"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_uploads_that_become_private_are_no_longer_served(proxy: Proxy, short_tmp: Path) -> None:
    volume = proxy.home.volumes / "polls"
    volume.mkdir(parents=True)
    serve_media(proxy.home, "polls", volume, public=True)
    put(proxy.home.media / "polls" / "a.txt", b"upload")
    proxy.deploy("polls", 1, say(b"app"), media=True)
    assert proxy.get("polls.localhost", "/media/a.txt").body == b"upload"
    serve_media(proxy.home, "polls", volume, public=False)
    assert proxy.get("polls.localhost", "/media/a.txt").body == b"app"
    assert (volume / "media" / "a.txt").read_bytes() == b"upload"


def test_a_large_body_reaches_the_app_whole(proxy: Proxy) -> None:
    size = 3_000_000

    def count(connection: socket.socket, request: bytes) -> None:
        got = len(request.partition(b"\r\n\r\n")[2])
        while got < size:
            got += len(connection.recv(65536))
        say(str(got).encode())(connection, b"")

    proxy.deploy("polls", 1, count)
    head = (
        f"POST /up HTTP/1.1\r\nHost: polls.localhost\r\nConnection: close\r\nContent-Length: {size}"
    )
    assert proxy.raw(head.encode() + b"\r\n\r\n" + b"x" * size).body == str(size).encode()


def test_a_request_that_the_app_drops_is_not_repeated(proxy: Proxy) -> None:
    app = proxy.deploy("polls", 1, lambda *_: None)
    assert proxy.get("polls.localhost", "/", "Content-Length: 0", method="POST").status == 502
    assert len(app.requests) == 1


def test_a_get_that_the_app_drops_is_asked_once_more(proxy: Proxy) -> None:
    def answer(connection: socket.socket, request: bytes) -> None:
        if len(app.requests) == 2:
            say(b"hello")(connection, request)

    app = proxy.deploy("polls", 1, answer)
    assert proxy.get("polls.localhost").body == b"hello"


def hastened(value: Any) -> Any:
    """The document with a second in the place of ten minutes."""
    if isinstance(value, dict):
        return {key: hastened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [hastened(each) for each in value]
    return value // 600 if isinstance(value, int) and value >= 60_000_000_000 else value


def test_a_get_without_an_answer_in_time_is_not_asked_again(proxy: Proxy) -> None:
    over = threading.Event()
    app = proxy.deploy("polls", 1, lambda *_: over.wait(20) and None)
    proxy.get("nobody.localhost")
    document = render_caddy(proxy_settings(proxy.home, proxy.settings, internal=True))
    ensure_document(admin_socket(proxy.home), hastened(document))
    try:
        assert proxy.get("polls.localhost").status == 504
    finally:
        over.set()
    assert len(app.requests) == 1


def test_a_stream_reaches_the_visitor_as_it_comes(proxy: Proxy) -> None:
    with socket.socket() as gate:
        gate.bind(("127.0.0.1", 0))
        gate.listen(1)

        def stream(connection: socket.socket, _: bytes) -> None:
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
            )
            gate.accept()[0].close()
            connection.sendall(b"6\r\nsecond\r\n0\r\n\r\n")

        proxy.deploy("polls", 1, stream)
        with proxy.connect() as visitor:
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: polls.localhost\r\n\r\n")
            seen = b""
            while b"first" not in seen:
                seen += visitor.recv(65536)
            assert b"second" not in seen
            socket.create_connection(gate.getsockname()).close()
            while b"second" not in seen:
                seen += visitor.recv(65536)
