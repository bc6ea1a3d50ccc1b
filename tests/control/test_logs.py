"""The route of logs: the last lines, those of one process type, those to come."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import datetime
from functools import partial

import pytest
from django.conf import settings
from django.db import connection

from nuages.control.state.models import Environment
from tests.control.conftest import add_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(make_environment):
    """Writes to a log of polls."""
    make_environment("polls", 1, TOKEN="canary-value")
    folder = settings.NUAGES_HOME.logs / "polls"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()

    def write(name: str, text: str) -> None:
        with (folder / name).open("a") as stream:
            stream.write(text)

    return write


def read(client, address: str, count: int, then=None) -> list[dict[str, object]]:
    """The first `count` lines of an answer; `then` is called when they are all there but one."""

    async def follow():
        response = await client.get(address)
        lines = []
        chunks = aiter(response.streaming_content)
        async for chunk in chunks:
            lines += [json.loads(row) for row in chunk.splitlines()]
            if then and len(lines) == count - 1:
                then()
            if len(lines) >= count:
                break
        await chunks.aclose()
        return lines

    return asyncio.run(asyncio.wait_for(follow(), 30))


def test_the_last_lines_are_given_with_their_process(async_owner, log):
    log("web.1.log", "one\ntwo\nthree\n")
    lines = read(async_owner, "/api/apps/polls/logs?n=2", 2)
    assert [(row["process"], row["instance"], row["line"]) for row in lines] == [
        ("web", 1, "two"),
        ("web", 1, "three"),
    ]
    # Nothing says when these were written.
    assert lines[0]["created"] is None


def test_the_lines_of_one_process_type_can_be_asked_for(async_owner, log):
    log("web.1.log", "a\n")
    log("worker.1.log", "b\n")
    lines = read(async_owner, "/api/apps/polls/logs?process=worker", 1)
    assert [row["line"] for row in lines] == ["b"]


def test_lines_to_come_are_sent_when_they_are_written(async_owner, log):
    log("web.1.log", "before\n")
    lines = read(
        async_owner,
        "/api/apps/polls/logs?follow=1",
        2,
        then=lambda: log("web.1.log", "after\n"),
    )
    assert [row["line"] for row in lines] == ["before", "after"]
    written = datetime.fromisoformat(lines[1]["created"])
    assert abs(written.timestamp() - lines[1]["time"]) < 1


def test_values_of_config_vars_are_taken_out_of_lines(async_owner, log):
    log("web.1.log", "token=canary-value\n")
    lines = read(async_owner, "/api/apps/polls/logs", 1)
    assert lines[0]["line"] == "token=[redacted]"


def test_values_that_come_while_lines_are_followed_are_taken_out_too(async_owner, log):
    log("web.1.log", "before\n")

    def release():
        polls = Environment.objects.get()
        add_release(polls, 2, {"NEW": "another-canary"})
        log("web.1.log", "new=another-canary\n")

    lines = read(async_owner, "/api/apps/polls/logs?follow=1", 2, partial(in_thread, release))
    assert lines[1]["line"] == "new=[redacted]"


def in_thread(work) -> None:
    """Done in a thread with a connection of its own, as another process would."""
    thread = threading.Thread(target=lambda: (work(), connection.close()))
    thread.start()
    thread.join(20)


def test_the_logs_of_an_unknown_app_are_not_found(owner):
    assert owner.get("/api/apps/nope/logs").status_code == 404
