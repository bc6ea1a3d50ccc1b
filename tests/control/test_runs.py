"""Routes about one-off commands, over a fake engine's sessions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import OperationalError

from nuages.build.store import ImageStore
from nuages.control.api import sessions
from nuages.control.state.models import Event
from nuages.core.app import EnvironmentName
from nuages.core.engine import OneOff
from tests.control.fakes import make_image

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"


@pytest.fixture
def start(owner, make_environment):
    """Starts a command in an app whose image is in the store."""
    make_environment("polls", 1, TOKEN="abc")
    store_image("sha256:polls1")

    def ask(**body):
        return owner.post("/api/apps/polls/runs", {"argv": ["python", "x.py"], **body}, JSON)

    return ask


def store_image(digest: str) -> None:
    """An image in the store: its manifest and the folders that it names."""
    home = settings.NUAGES_HOME
    store = ImageStore(home)
    image = replace(
        make_image(digest),
        app=store.path(digest) / "app",
        venv=home.environments / "e" / "venv",
        runtime=home.runtimes / "r",
    )
    for folder in (image.app, image.venv, image.runtime):
        folder.mkdir(parents=True, exist_ok=True)
    store.save(image, (), store.path(digest))


def test_a_run_sends_its_output_and_keeps_its_exit_code(owner, async_owner, start, engine):
    answer = start()
    assert (answer.status_code, answer.json()["status"]) == (201, "running")
    number = answer.json()["id"]
    owner.post(f"/api/runs/{number}/input", b"hello\n", content_type="application/octet-stream")
    owner.post(f"/api/runs/{number}/input", b"", content_type="application/octet-stream")

    async def read():
        response = await async_owner.get(f"/api/runs/{number}/output")
        return b"".join([chunk async for chunk in response.streaming_content])

    assert asyncio.run(asyncio.wait_for(read(), 20)) == b"python x.py\nhello\n"
    shown = owner.get(f"/api/runs/{number}").json()
    assert (shown["status"], shown["exit_code"]) == ("ended", 0)


def test_a_run_has_the_variables_of_the_apps_instances(start, engine):
    start()
    one_off = engine.sessions[-1].one_off
    assert one_off.env["TOKEN"].reveal() == "abc"
    assert one_off.env["NUAGES_RELEASE"].reveal() == "v1"
    assert one_off.image.digest == "sha256:polls1"
    engine.sessions[-1].kill()


def test_a_terminal_is_asked_for_and_resized(owner, start, engine):
    number = start(tty=[24, 80]).json()["id"]
    session = engine.sessions[-1]
    assert session.one_off.tty == (24, 80)
    answer = owner.post(f"/api/runs/{number}/resize", {"rows": 30, "columns": 100}, JSON)
    assert answer.status_code == 204
    assert session.sizes == [(30, 100)]
    session.kill()


def test_a_run_can_be_ended(owner, start, async_owner):
    number = start().json()["id"]
    assert owner.delete(f"/api/runs/{number}").status_code == 204

    async def read():
        response = await async_owner.get(f"/api/runs/{number}/output")
        return [chunk async for chunk in response.streaming_content]

    asyncio.run(asyncio.wait_for(read(), 20))
    assert owner.get(f"/api/runs/{number}").json()["exit_code"] == 137


def test_a_reader_that_goes_away_ends_the_run(owner, start, async_owner, engine):
    number = start().json()["id"]

    async def read_a_little():
        response = await async_owner.get(f"/api/runs/{number}/output")
        chunks = aiter(response.streaming_content)
        await anext(chunks)
        await chunks.aclose()

    asyncio.run(asyncio.wait_for(read_a_little(), 20))
    assert engine.sessions[-1].code == 137


def test_a_run_that_nobody_reads_is_ended(monkeypatch, start, engine, owner):
    monkeypatch.setattr(sessions, "UNREAD", 0.05)
    number = start().json()["id"]
    sessions.find(number)._thread.join(20)
    assert owner.get(f"/api/runs/{number}").json()["exit_code"] == 137


def test_a_killed_run_ends_also_while_it_waits_for_a_reader(start, engine):
    run = sessions.find(start().json()["id"])
    for _ in range(3):
        run.session.write(b"x" * sessions.BACKLOG)
    run.kill()
    run._thread.join(20)
    assert run.exit_code == 137


def test_a_second_reader_is_refused(owner, start, async_owner):
    number = start().json()["id"]

    async def read_twice():
        first = await async_owner.get(f"/api/runs/{number}/output")
        second = await async_owner.get(f"/api/runs/{number}/output")
        await first.streaming_content.aclose()
        return second

    second = asyncio.run(asyncio.wait_for(read_twice(), 20))
    assert (second.status_code, second.json()["code"]) == (409, "control.E023")
    sessions.find(number).kill()


def test_a_run_whose_start_cannot_be_written_down_is_ended(start, engine, monkeypatch):
    def locked(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Event.objects, "create", locked)
    assert start().status_code == 500
    assert engine.sessions[-1].code == 137


def test_an_unknown_run_is_not_found(owner):
    for method, path in (
        ("get", ""),
        ("get", "/output"),
        ("post", "/input"),
        ("delete", ""),
    ):
        assert getattr(owner, method)(f"/api/runs/nope{path}").status_code == 404
    size = {"rows": 1, "columns": 1}
    assert owner.post("/api/runs/nope/resize", size, JSON).status_code == 404


def test_a_command_needs_a_word_and_an_app_that_runs(owner, make_environment):
    make_environment("polls")
    assert owner.post("/api/apps/polls/runs", {"argv": []}, JSON).status_code == 400
    answer = owner.post("/api/apps/polls/runs", {"argv": ["ls"]}, JSON)
    assert answer.json()["code"] == "control.E016"


def test_the_words_of_a_command_are_not_in_the_events(owner, start, engine):
    start(argv=["createsuperuser", "--password", "canary-value"])
    events = owner.get("/api/apps/polls/events").content.decode()
    assert "createsuperuser" in events
    assert "canary-value" not in events
    engine.sessions[-1].kill()


def test_ended_runs_are_forgotten_after_a_while(engine, monkeypatch):
    monkeypatch.setattr(sessions, "REMEMBERED", 1)
    one_off = OneOff(EnvironmentName("polls"), make_image("sha256:x"), ("ls",), {}, "run")
    started = []
    for _ in range(3):
        run = sessions.Run(EnvironmentName("polls"), engine.open(one_off))
        run.session.kill()
        run._thread.join(20)
        sessions.keep(run)
        started.append(run)
    with pytest.raises(Exception, match="no run"):
        sessions.find(started[0].id)
    assert sessions.find(started[2].id) is started[2]
