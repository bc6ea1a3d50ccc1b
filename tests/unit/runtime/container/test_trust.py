"""Whose word on a request is believed in a container."""

from __future__ import annotations

import asyncio

import pytest

from nuages_runtime.container.trust import OpenAsgi, OpenWsgi, Trust


@pytest.mark.parametrize(
    ("names", "address", "holds"),
    [
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("", "", True),
        ("", "172.17.0.1", False),
        ("", "no address", False),
        ("*", "172.17.0.1", True),
        ("172.17.0.1", "172.17.0.1", True),
        ("10.0.0.1, 172.16.0.0/12", "172.17.0.1", True),
        ("172.16.0.0/12", "::ffff:172.17.0.1", True),
        ("10.0.0.0/8", "172.17.0.1", False),
        ("10.0.0.0/8", "127.0.0.1", True),
        ("2001:db8::/32", "2001:db8::7", True),
    ],
)
def test_those_inside_and_those_that_are_named_are_believed(
    names: str, address: str, holds: bool
) -> None:
    assert Trust(names).holds(address) is holds


def test_what_is_no_address_is_remembered() -> None:
    assert Trust("10.0.0.1,proxy,10.0.0.0/99").odd == ["proxy", "10.0.0.0/99"]


def test_a_stranger_says_nothing_of_itself_to_a_wsgi_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1")
    app = OpenWsgi(lambda environ, _: environ)
    said = {"HTTP_X_FORWARDED_FOR": "192.0.2.7", "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_X_REAL_IP": "192.0.2.7", "HTTP_COOKIE": "a=b"}  # fmt: skip
    kept = app({**said, "REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http"}, None)
    assert (kept["REMOTE_ADDR"], kept["wsgi.url_scheme"]) == ("192.0.2.7", "https")
    strangers = {"REMOTE_ADDR": "10.0.0.2", "wsgi.url_scheme": "http"}
    assert app({**said, **strangers}, None) == {"HTTP_COOKIE": "a=b", **strangers}


def test_a_stranger_says_nothing_of_itself_to_an_asgi_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1")
    seen: list[dict[str, object]] = []

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        seen.append(scope)

    headers = [(b"X-Forwarded-Proto", b"https"), (b"x-forwarded-for", b"192.0.2.7"), (b"a", b"b")]
    lower = [(name.lower(), value) for name, value in headers]
    for client, sent in (("10.0.0.1", lower), ("10.0.0.2", headers)):
        scope = {"type": "http", "scheme": "http", "client": (client, 1), "headers": sent}
        asyncio.run(OpenAsgi(app)(scope, None, None))
    assert [(each["client"], each["scheme"]) for each in seen] == [
        (("192.0.2.7", 0), "https"), (("10.0.0.2", 1), "http"),
    ]  # fmt: skip
    assert seen[1]["headers"] == [(b"a", b"b")]
