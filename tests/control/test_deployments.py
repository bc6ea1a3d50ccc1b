"""Routes about deployments: what is asked for, what replaces what, the feed of events."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from nuages.control import bells
from nuages.control.state.models import Deployment, Environment, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A project to deploy."""
    path = tmp_path / "My Polls"
    path.mkdir()
    return path


@pytest.fixture
def deploy(owner, folder):
    """Asks for a deployment of the folder."""

    def ask(**wanted):
        body = {"folder": str(folder), **wanted}
        return owner.post("/api/deployments", body, "application/json")

    return ask


def test_a_folder_waits_to_be_deployed_under_its_own_name(deploy, folder, engine):
    answer = deploy()
    assert answer.status_code == 202
    row = answer.json()
    assert (row["app"], row["environment"], row["kind"], row["status"]) == (
        "my-polls",
        "live",
        "deploy",
        "waiting",
    )
    # Only what was live once is the app's source.
    assert Environment.objects.get().app.source == ""


def test_the_worker_is_woken_when_the_request_is_stored(
    deploy, engine, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        deploy()
    assert bells.TO_WORKER.hush()


def test_an_app_and_environment_can_be_named(deploy):
    row = deploy(app="shop@test").json()
    assert (row["app"], row["environment"]) == ("shop", "test")


def test_a_folder_of_the_same_name_from_elsewhere_is_refused_with_the_fix(deploy, make_environment):
    make_environment("my-polls", 1)
    answer = deploy()
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["exit_code"]) == (409, "control.E003", 4)
    assert "--app my-polls" in problem["hint"]
    assert deploy(app="my-polls").status_code == 202


def test_what_was_asked_of_an_app_is_listed_with_its_times(
    owner, deploy, transactional_db, work, make_environment
):
    make_environment("other", 1)
    owner.post("/api/apps/other/restart")
    deploy(app="shop")
    work()
    owner.post("/api/apps/shop/restart")
    waiting, done = owner.get("/api/apps/shop/deployments").json()
    assert (waiting["kind"], waiting["started"], waiting["ended"]) == ("restart", None, None)
    assert done["created"] <= done["started"] <= done["ended"]
    assert len(owner.get("/api/apps/shop/deployments?n=1").json()) == 1


def test_a_source_claims_a_name_only_while_it_is_deployed(
    deploy, tmp_path, transactional_db, work, flows
):
    other = tmp_path / "elsewhere" / "My Polls"
    other.mkdir(parents=True)
    flows.plan(fail_at="build", error="broken")
    deploy()
    assert deploy(folder=str(other)).json()["code"] == "control.E003"
    work()
    assert deploy(folder=str(other)).status_code == 202


@pytest.mark.parametrize(
    "places",
    [
        ("/a/polls.zip", "/a/polls.zip", 202),
        ("/a/polls.zip", "/b/polls.zip", 409),
        ("/a/polls.zip", None, 409),
        (None, None, 409),
    ],
)
def test_an_archive_of_the_same_name_is_the_same_one_only_from_the_same_place(
    owner, transactional_db, work, places
):
    def deploy(**wanted):
        body = {"upload": send(owner, b"PK"), **wanted}
        return owner.post("/api/deployments", body, "application/json")

    origin, again, status = places
    deploy(**({"origin": origin} if origin else {}))
    [done] = work()
    assert done.status == "succeeded"
    wanted = {"origin": again} if again else {}
    answer = deploy(**wanted)
    assert answer.status_code == status
    if status == 409:
        assert "--app polls" in answer.json()["hint"]
        assert deploy(app="polls", **wanted).status_code == 202


@pytest.mark.parametrize(
    "wanted", [{"folder": "relative"}, {"folder": "/no/such/folder"}, {"upload": "0" * 24}]
)
def test_a_source_that_is_not_there_is_refused_and_no_app_is_made(deploy, wanted):
    answer = deploy(**wanted)
    assert answer.status_code == 400
    assert answer.json()["exit_code"] == 2
    assert not Environment.objects.exists()


def test_a_key_that_the_api_does_not_know_is_refused(deploy):
    answer = deploy(stict=True)
    assert answer.status_code == 400
    assert "stict" in answer.json()["detail"]


def test_a_body_that_is_not_json_is_refused(owner):
    answer = owner.post("/api/deployments", "{", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "control.E008")


def test_the_value_of_a_config_var_is_in_no_error(owner, folder):
    body = {"folder": str(folder), "config": {"TOKEN": {"nested": "canary-value"}}}
    answer = owner.post("/api/deployments", body, "application/json")
    assert answer.status_code == 400
    assert "canary-value" not in answer.content.decode()


def test_a_newer_deploy_takes_the_place_of_one_that_waits(deploy, owner):
    older, newer = deploy().json()["id"], deploy().json()["id"]
    row = owner.get(f"/api/deployments/{older}").json()
    assert row["status"] == "replaced"
    assert (row["error"]["code"], row["error"]["exit_code"]) == ("control.E010", 4)
    assert owner.get(f"/api/deployments/{newer}").json()["status"] == "waiting"


def test_a_deploy_does_not_replace_a_waiting_restart(deploy, owner, make_environment):
    make_environment("my-polls", 1)
    restart = owner.post("/api/apps/my-polls/restart").json()["id"]
    deploy(app="my-polls")
    assert owner.get(f"/api/deployments/{restart}").json()["status"] == "waiting"


def test_the_upload_of_a_replaced_deploy_is_removed(
    owner, django_capture_on_commit_callbacks, engine
):
    numbers = [send(owner, b"PK-1"), send(owner, b"PK-2")]
    with django_capture_on_commit_callbacks(execute=True):
        for number in numbers:
            body = {"upload": number, "app": "polls"}
            assert owner.post("/api/deployments", body, "application/json").status_code == 202
    assert not (settings.NUAGES_HOME.uploads / numbers[0]).exists()
    assert (settings.NUAGES_HOME.uploads / numbers[1] / "polls.zip").read_bytes() == b"PK-2"


def test_an_upload_names_the_app_and_is_removed_when_it_is_deployed(
    owner, transactional_db, work, flows
):
    number = send(owner, b"PK")
    row = owner.post("/api/deployments", {"upload": number}, "application/json").json()
    assert row["app"] == "polls"
    [done] = work()
    path = settings.NUAGES_HOME.uploads / number / "polls.zip"
    assert f"deploy polls {path}" in flows.calls
    assert done.status == "succeeded"
    assert not path.parent.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\..\\c.zip", "", "...", "ü ö.zip"])
def test_the_name_of_an_upload_cannot_lead_elsewhere(owner, name):
    answer = owner.post(
        "/api/uploads", b"PK", content_type="application/octet-stream", query_params={"name": name}
    )
    number = answer.json()["id"]
    [path] = (settings.NUAGES_HOME.uploads / number).iterdir()
    assert path.suffix == ".zip"
    assert path.read_bytes() == b"PK"


def test_an_upload_beyond_the_limit_is_refused_and_leaves_nothing(owner, monkeypatch):
    before = set(settings.NUAGES_HOME.uploads.iterdir())
    monkeypatch.setattr("nuages.control.state.uploads.MAX_BYTES", 3)
    answer = owner.post("/api/uploads", b"PK-1", content_type="application/octet-stream")
    assert (answer.status_code, answer.json()["code"]) == (422, "control.E018")
    assert set(settings.NUAGES_HOME.uploads.iterdir()) == before


def test_an_unknown_deployment_is_not_found(owner):
    assert owner.get("/api/deployments/4711").status_code == 404
    assert owner.get("/api/deployments/4711/events").status_code == 404


def test_a_deployment_ends_with_its_release_address_and_findings(deploy, transactional_db, work):
    deploy(config={"TOKEN": "abcdef"})
    [done] = work()
    assert done.status == "succeeded"
    assert (done.version, done.url) == (1, "http://my-polls.localhost:8000")
    assert done.seconds >= 0.5
    assert done.findings[0]["code"] == "inspect.W001"
    assert done.environment.current.version == 1
    assert [row.name for row in done.environment.config.all()] == ["TOKEN"]


@pytest.mark.django_db(transaction=True)
def test_the_feed_of_an_ended_deployment_has_its_events_and_its_end(async_owner, deploy, work):
    deploy()
    [done] = work()
    lines = asyncio.run(read_feed(async_owner, done.pk))
    assert [line["kind"] for line in lines[:2]] == ["deployment.requested", "deployment.started"]
    assert [line["number"] for line in lines[:-1]] == sorted(line["number"] for line in lines[:-1])
    assert lines[-1]["kind"] == "end"
    assert lines[-1]["deployment"]["status"] == "succeeded"
    assert lines[-1]["deployment"]["release"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_feed_can_be_taken_up_after_an_event(async_owner, deploy, work):
    deploy()
    [done] = work()
    numbers = list(Event.objects.filter(deployment=done).values_list("pk", flat=True))
    lines = asyncio.run(read_feed(async_owner, done.pk, after=numbers[2]))
    assert lines[0]["number"] == numbers[3]


@pytest.mark.django_db(transaction=True)
def test_the_feed_sends_what_happens_while_it_is_read(async_owner, deploy):
    number = deploy().json()["id"]

    async def follow():
        response = await async_owner.get(f"/api/deployments/{number}/events")
        kinds = []
        async for line in response.streaming_content:
            kinds.append(json.loads(line)["kind"])
            if kinds == ["deployment.requested"]:
                await sync_to_async(happen)(number, "step.started", "running")
            elif kinds[-1] == "step.started":
                await sync_to_async(happen)(number, "step.done", "succeeded")
        return kinds

    kinds = asyncio.run(asyncio.wait_for(follow(), 20))
    assert kinds == ["deployment.requested", "step.started", "step.done", "end"]


@pytest.mark.django_db(transaction=True)
def test_a_feed_is_woken_from_another_thread(async_owner, deploy):
    number = deploy().json()["id"]

    async def follow():
        response = await async_owner.get(f"/api/deployments/{number}/events")
        async for line in response.streaming_content:
            if json.loads(line)["kind"] == "deployment.requested":
                thread = threading.Thread(target=happen_elsewhere, args=(number,))
                thread.start()
        await asyncio.to_thread(thread.join)
        return json.loads(line)

    assert asyncio.run(asyncio.wait_for(follow(), 20))["kind"] == "end"


def happen(number: int, kind: str, status: str) -> None:
    """Something that a worker would write."""
    Event.objects.create(deployment_id=number, kind=kind)
    Deployment.objects.filter(pk=number).update(status=status)
    bells.TO_API.ring()


def happen_elsewhere(number: int) -> None:
    """The same from a thread with a connection of its own."""
    from django.db import connection

    happen(number, "step.done", "succeeded")
    connection.close()


async def read_feed(client, number: int, after: int = 0) -> list[dict[str, object]]:
    """All lines of a feed."""
    response = await client.get(f"/api/deployments/{number}/events", {"after": after})
    assert response["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) async for line in response.streaming_content]


def send(owner, data: bytes) -> str:
    """Upload something; its id."""
    answer = owner.post(
        "/api/uploads?name=polls.zip", data, content_type="application/octet-stream"
    )
    return answer.json()["id"]
