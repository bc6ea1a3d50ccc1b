"""Uploads as they arrive over the socket: where they go, and what is refused before it is read."""

from __future__ import annotations

import asyncio
import json
import os
import time

from django.conf import settings

from nuages.control.asgi import application
from nuages.control.disk import ROOM
from nuages.control.state import uploads


def post(pieces, *, length=None, leaves=False):
    """Send the pieces; (status, answer, how many pieces were read), None for no answer."""
    read, sent = [], []
    headers = [(b"content-length", str(length).encode())] if length is not None else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/uploads",
        "raw_path": b"/api/uploads",
        "query_string": b"name=my+polls.zip",
        "root_path": "",
        "headers": [(b"host", b"nuages"), *headers],
        "client": None,
        "server": None,
    }

    async def receive():
        if len(read) == len(pieces):
            return {"type": "http.disconnect"}
        read.append(pieces[len(read)])
        more = leaves or len(read) < len(pieces)
        return {"type": "http.request", "body": read[-1], "more_body": more}

    async def send(message):
        sent.append(message)

    asyncio.run(asyncio.wait_for(application(scope, receive, send), 20))
    if not sent:
        return None
    return sent[0]["status"], json.loads(sent[1]["body"]), len(read)


def kept() -> set[str]:
    return {path.name for path in settings.NUAGES_HOME.uploads.iterdir()}


def test_an_upload_is_written_to_the_state_directory_as_it_comes():
    status, answer, _ = post([b"PK", b"-1", b"-2"])
    assert status == 200
    path = settings.NUAGES_HOME.uploads / answer["id"] / "my-polls.zip"
    assert path.read_bytes() == b"PK-1-2"
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_one_that_is_announced_as_too_large_is_refused_unread():
    before = kept()
    status, answer, read = post([b"PK"], length=uploads.MAX_BYTES + 1)
    assert (status, answer["code"], read) == (422, "control.E018", 0)
    assert kept() == before


def test_one_that_turns_out_too_large_is_refused_at_once(monkeypatch):
    before = kept()
    monkeypatch.setattr(uploads, "MAX_BYTES", 3)
    status, answer, read = post([b"PK", b"-1", b"-2", b"-3"])
    assert (status, answer["code"], read) == (422, "control.E018", 2)
    assert kept() == before


def test_one_that_the_disk_has_no_room_for_is_refused_unread(monkeypatch):
    disk = os.statvfs(settings.NUAGES_HOME.path)
    free = disk.f_bfree * disk.f_frsize
    monkeypatch.setattr(uploads, "MAX_BYTES", 10 * free)
    status, answer, read = post([b"PK"], length=free - ROOM // 2)
    assert (status, answer["code"], read) == (500, "control.E020", 0)


def test_a_sender_that_goes_away_leaves_nothing():
    before = kept()
    assert post([b"PK"], leaves=True) is None
    assert kept() == before


def test_forgotten_uploads_go_when_another_one_comes():
    _, answer, _ = post([b"PK"])
    folder = settings.NUAGES_HOME.uploads / answer["id"]
    long_ago = time.time() - uploads.FORGOTTEN_SECONDS - 1
    os.utime(folder, (long_ago, long_ago))
    post([b"PK"])
    assert not folder.exists()
