"""Requests of scrapers and people, and what the exporter is told by variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nuages_runtime.statsd.page import answer, is_whole
from nuages_runtime.statsd.settings import BadSetting, Settings

ANYWHERE = "0.0.0.0"  # noqa: S104 - where scrapers come from is another machine


def asked(line: str) -> tuple[int, str, bytes]:
    """Status, head and body."""
    made = answer(f"{line}\r\nHost: x\r\n\r\n".encode(), lambda: "a 1\n")
    head, _, body = made.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def test_metrics_are_shown_as_prometheus_reads_them() -> None:
    status, head, body = asked("GET /metrics?name[]=a HTTP/1.1")
    assert (status, body) == (200, b"a 1\n")
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in head
    assert "Content-Length: 4\r\n" in head


def test_head_has_no_body_and_says_its_length() -> None:
    status, head, body = asked("HEAD /metrics HTTP/1.0")
    assert (status, body) == (200, b"")
    assert "Content-Length: 4" in head


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET / HTTP/1.1", 200),
        ("GET /other HTTP/1.1", 404),
        ("POST /metrics HTTP/1.1", 405),
        ("nonsense", 400),
        ("GET /metrics", 400),
        ("GET /metrics HTTP/2.0", 400),
    ],
)
def test_other_requests_have_their_status(line: str, status: int) -> None:
    assert asked(line)[0] == status


def test_a_request_is_whole_with_its_empty_line() -> None:
    assert not is_whole(b"GET / HTTP/1.1\r\nHost: x\r\n")
    assert is_whole(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def test_without_variables_the_addresses_are_the_usual_ones() -> None:
    settings = Settings({})
    assert (settings.statsd, settings.metrics) == (("127.0.0.1", 9125), (ANYWHERE, 9102))
    assert (settings.series, settings.expire) == (2000, 0)


def test_variables_change_them(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps({"mappings": [{"match": "a", "name": "b"}]}))
    settings = Settings({
        "NUAGES_STATSD_BIND": ":0", "NUAGES_METRICS_BIND": "[::1]:80",
        "NUAGES_STATSD_SERIES": "5", "NUAGES_STATSD_EXPIRE": "60",
        "NUAGES_STATSD_MAPPING": str(file),
    })  # fmt: skip
    assert (settings.statsd, settings.metrics) == (("", 0), ("::1", 80))
    assert (settings.series, settings.expire, len(settings.mappings)) == (5, 60, 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUAGES_STATSD_BIND", "localhost"),
        ("NUAGES_METRICS_BIND", "localhost:99999"),
        ("NUAGES_STATSD_SERIES", "-1"),
        ("NUAGES_STATSD_EXPIRE", "1h"),
        ("NUAGES_STATSD_MAPPING", "/nonexistent/x.json"),
    ],
)
def test_a_variable_that_cannot_be_used_is_said(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings({name: value})
