"""Routes about apps: lists, one of them, names that cannot both be, the end of one."""

from __future__ import annotations

import pytest

from nuages.control.errors import NAME_TAKEN, OTHER_SOURCE
from nuages.control.state.models import App, Deployment, Environment, Event
from nuages.control.state.requests import Target, ensure_environment
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError

pytestmark = pytest.mark.django_db


def test_the_list_shows_every_environment_with_its_address(owner, make_environment):
    make_environment("polls", 2)
    make_environment("polls@test")
    rows = owner.get("/api/apps").json()
    assert [(row["name"], row["status"], row["release"], row["url"]) for row in rows] == [
        ("polls", "running", 2, "http://polls.localhost:8000"),
        ("polls@test", "new", None, "http://polls-test.localhost:8000"),
    ]


def test_the_list_takes_as_many_queries_for_many_apps_as_for_one(
    owner, make_environment, django_assert_num_queries
):
    make_environment("polls", 1)
    with django_assert_num_queries(3):
        owner.get("/api/apps")
    for number in range(5):
        make_environment(f"polls{number}", 2)
    with django_assert_num_queries(3):
        assert len(owner.get("/api/apps").json()) == 6


def test_an_unknown_app_is_not_found_and_close_names_are_suggested(owner, make_environment):
    make_environment("polls")
    answer = owner.get("/api/apps/pols")
    problem = answer.json()
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["code"], problem["exit_code"]) == ("control.E001", 4)
    assert problem["detail"] == "There is no app 'pols'"
    assert problem["hint"] == "Did you mean polls?"


def test_a_name_that_cannot_be_one_is_a_usage_error(owner):
    problem = owner.get("/api/apps/Po_lls").json()
    assert (problem["code"], problem["exit_code"], problem["status"]) == ("core.E010", 2, 400)


def test_an_app_shows_the_deployment_that_waits(owner, make_environment):
    make_environment("polls", 1)
    number = owner.post("/api/apps/polls/restart").json()["id"]
    assert owner.get("/api/apps/polls").json()["deployment"] == number


def test_a_crashed_release_is_said_to_be_crashed(owner, make_environment, engine, monkeypatch):
    make_environment("polls", 1)
    engine.give_traffic(EnvironmentName("polls"), 2)
    assert owner.get("/api/apps/polls").json()["status"] == "stopped"


@pytest.mark.parametrize(
    ("first", "second"), [("polls@test", "polls-test"), ("polls-test", "polls@test")]
)
def test_an_app_and_an_environment_of_one_host_label_cannot_both_be(
    make_environment, first, second
):
    make_environment(first)
    with pytest.raises(NuagesError) as caught:
        make_environment(second)
    assert caught.value.code is NAME_TAKEN
    assert caught.value.exit_code == 4


def test_the_app_of_a_refused_environment_is_not_left_behind(owner, make_environment, tmp_path):
    make_environment("polls@test")
    body = {"app": "polls-test", "folder": str(tmp_path)}
    answer = owner.post("/api/deployments", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "control.E004")
    assert list(App.objects.values_list("name", flat=True)) == ["polls"]


def test_another_source_is_refused_unless_the_app_was_named(make_environment):
    make_environment("polls", 1)
    with pytest.raises(NuagesError) as caught:
        ensure_environment(Target(EnvironmentName("polls"), "folder:/other/polls", chosen=False))
    assert caught.value.code is OTHER_SOURCE
    assert "--app polls" in caught.value.hint
    ensure_environment(Target(EnvironmentName("polls"), "folder:/other/polls", chosen=True))
    # It owns the app once it is live.
    assert App.objects.get().source != "folder:/other/polls"


def test_the_platforms_own_label_cannot_be_an_app(owner, tmp_path):
    body = {"app": "nuages", "folder": str(tmp_path)}
    answer = owner.post("/api/deployments", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "route.E003")


def test_an_environment_has_a_secret_key_of_50_url_safe_characters(make_environment):
    one = make_environment("polls").secret_key.reveal()
    other = make_environment("blog").secret_key.reveal()
    assert len(one) == 50
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert one != other


def test_destroying_has_to_be_confirmed_by_the_name(owner, make_environment):
    make_environment("polls", 1)
    problem = owner.delete("/api/apps/polls?confirm=blog").json()
    assert (problem["code"], problem["exit_code"]) == ("control.E009", 2)
    assert "--confirm polls" in problem["hint"]
    assert not Deployment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_app_is_gone_and_what_happened_to_it_is_not(
    owner, make_environment, work, flows
):
    make_environment("polls", 1, TOKEN="abcdef")
    answer = owner.delete("/api/apps/polls?confirm=polls")
    assert answer.status_code == 202
    [done] = work()
    assert done.status == "succeeded"
    assert flows.calls == ["destroy polls", "clean keeps "]
    assert not Environment.objects.exists()
    assert not App.objects.exists()
    assert owner.get("/api/apps/polls").status_code == 404
    assert owner.get(f"/api/deployments/{done.pk}").json()["status"] == "succeeded"
    assert Event.objects.filter(deployment=done, kind="deployment.succeeded").exists()


@pytest.mark.django_db(transaction=True)
def test_an_app_keeps_its_other_environments_when_one_is_destroyed(owner, make_environment, work):
    make_environment("polls", 1)
    make_environment("polls@test", 1)
    owner.delete("/api/apps/polls@test?confirm=polls@test")
    work()
    assert [row["name"] for row in owner.get("/api/apps").json()] == ["polls"]
