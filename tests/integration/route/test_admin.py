"""The admin socket of a real Caddy: reading the document, loading another, being refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.route.admin import ensure_document, read_document
from nuages.route.render import render_caddy
from nuages.route.service import admin_socket, proxy_settings
from tests.integration.route.conftest import Proxy, say


def test_the_proxy_runs_with_the_document_that_was_rendered(proxy: Proxy) -> None:
    proxy.get("nobody.localhost")
    document = render_caddy(proxy_settings(proxy.home, proxy.settings, internal=True))
    assert read_document(admin_socket(proxy.home)) == document
    assert not ensure_document(admin_socket(proxy.home), document)


def test_a_document_that_differs_is_loaded(proxy: Proxy) -> None:
    proxy.deploy("polls", 1, say(b"hello"))
    assert proxy.get("polls.localhost").status == 200
    document = render_caddy(proxy_settings(proxy.home, proxy.settings, internal=True))
    document["apps"]["http"]["servers"]["sites"]["idle_timeout"] = 1_000_000_000
    assert ensure_document(admin_socket(proxy.home), document)
    assert read_document(admin_socket(proxy.home)) == document
    assert proxy.get("polls.localhost").body == b"hello"


def test_a_document_that_is_refused_changes_nothing(proxy: Proxy) -> None:
    proxy.get("nobody.localhost")
    before = read_document(admin_socket(proxy.home))
    with pytest.raises(NuagesError) as caught:
        ensure_document(admin_socket(proxy.home), {**before, "apps": {"nonsense": {}}})
    assert caught.value.code.code == "route.E011"
    assert "nonsense" in caught.value.details
    assert read_document(admin_socket(proxy.home)) == before


def test_a_proxy_that_is_not_there_is_a_clear_error(short_tmp: Path) -> None:
    with pytest.raises(NuagesError) as caught:
        read_document(short_tmp / "admin.sock")
    assert caught.value.code.code == "route.E010"
