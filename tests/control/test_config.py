"""Config vars: names, values, what is shown, what changes with one release."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection

from nuages.control.state.models import ConfigVar, Kind
from nuages.control.state.queries import load_redactor, load_state
from nuages.control.state.requests import Wish, ask
from nuages.control.state.sealed import unpack_secrets
from nuages.control.worker.claims import claim, own_name
from nuages.control.worker.job import Tools
from nuages.control.worker.perform import perform
from nuages.core.secret import Secret
from tests.control.fakes import make_parts

pytestmark = pytest.mark.django_db
JSON = "application/json"


def patch(owner, **body):
    """Ask for a change of the config vars of polls."""
    return owner.patch("/api/apps/polls/config", body, JSON)


def test_config_vars_are_written_at_once_where_nothing_runs_yet(owner, make_environment):
    make_environment("polls")
    answer = patch(owner, set={"TOKEN": "abc"})
    assert (answer.status_code, answer.json()) == (200, {"id": None, "reason": "no release"})
    assert ConfigVar.objects.get().value == Secret("abc")


def test_hidden_values_are_shown_only_when_asked_for(owner, make_environment):
    make_environment("polls")
    patch(owner, set={"TOKEN": "abc", "MAIL": "m"})
    patch(owner, set={"PLAIN": "p"}, hidden=False)
    shown = {row["name"]: row["value"] for row in owner.get("/api/apps/polls/config").json()}
    assert shown == {"MAIL": None, "PLAIN": "p", "TOKEN": None}
    [row] = owner.get("/api/apps/polls/config?reveal=TOKEN").json()
    assert (row["name"], row["value"], row["hidden"]) == ("TOKEN", "abc", True)


def test_a_config_var_that_is_not_there_cannot_be_revealed_or_unset(owner, make_environment):
    make_environment("polls")
    assert owner.get("/api/apps/polls/config?reveal=NOPE").status_code == 404
    assert patch(owner, unset=["NOPE"]).status_code == 404


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("1A", "control.E005"),
        ("A-B", "control.E005"),
        ("", "control.E005"),
        ("A=B", "control.E005"),
        ("Ä", "control.E005"),
        ("A\n", "control.E005"),
        ("PORT", "control.E006"),
        ("NUAGES_APP", "control.E006"),
        ("LISTEN_FDS", "control.E006"),
    ],
)
def test_a_name_that_cannot_be_one_or_is_reserved_is_refused(owner, make_environment, name, code):
    make_environment("polls")
    for body in ({"set": {name: "x"}}, {"unset": [name]}):
        problem = patch(owner, **body).json()
        assert (problem["code"], problem["exit_code"]) == (code, 2)
    assert not ConfigVar.objects.exists()


@pytest.mark.parametrize("value", ["", " ", "a\nb", "ü", "'\"$(x)", "a" * 90_000])
def test_any_text_without_nul_is_a_value(owner, make_environment, value):
    make_environment("polls")
    assert patch(owner, set={"A": value}).status_code == 200
    assert ConfigVar.objects.get().value.reveal() == value


@pytest.mark.parametrize("value", ["a\0b", "x" * 100_000])
def test_a_value_that_no_process_can_have_is_refused_and_not_repeated(
    owner, make_environment, value
):
    make_environment("polls")
    answer = patch(owner, set={"A": value})
    assert (answer.status_code, answer.json()["code"]) == (400, "control.E007")
    assert value not in answer.content.decode()


def test_a_change_of_a_running_app_waits_for_the_worker(owner, make_environment):
    make_environment("polls", 1)
    answer = patch(owner, set={"TOKEN": "abc"})
    assert (answer.status_code, answer.json()["kind"]) == (202, "config")
    assert not ConfigVar.objects.exists()


def test_a_change_that_changes_nothing_restarts_nothing(owner, make_environment):
    make_environment("polls", 1, TOKEN="abc")
    assert patch(owner, set={"TOKEN": "abc"}).json() == {"id": None, "reason": "unchanged"}
    assert patch(owner, set={"TOKEN": "abc"}, hidden=False).status_code == 202


def test_several_changes_are_one_release(owner, transactional_db, make_environment, work, flows):
    environment = make_environment("polls", 1, OLD="1", TOKEN="abc")
    patch(owner, set={"A": "1", "B": "2"}, unset=["OLD"])
    [done] = work()
    assert (done.status, done.version) == ("succeeded", 2)
    assert "configure polls A,B,TOKEN at polls.localhost" in flows.calls
    environment.refresh_from_db()
    assert environment.current.version == 2
    assert environment.current.reason == "config: set A, B; unset OLD"
    assert sorted(load_state(environment).config) == ["A", "B", "TOKEN"]


def test_a_change_whose_release_fails_is_not_kept(
    owner, transactional_db, make_environment, work, flows
):
    environment = make_environment("polls", 1, TOKEN="abc")
    flows.plan(fail_at="ready", error="no answer")
    patch(owner, set={"TOKEN": "new"})
    [done] = work()
    assert done.status == "failed"
    environment.refresh_from_db()
    assert environment.current.version == 1
    assert load_state(environment).config == {"TOKEN": Secret("abc")}


def test_a_change_during_the_first_deployment_is_kept(
    owner, transactional_db, make_environment, work, flows
):
    polls = make_environment("polls")
    ask(polls, Wish(Kind.DEPLOY, {"folder": "/srv/polls"}))
    claimed = claim(own_name())
    assert patch(owner, set={"TOKEN": "abc"}).status_code == 202
    perform(claimed, Tools(make_parts(settings.NUAGES_HOME), flows))
    work()
    polls.refresh_from_db()
    assert polls.current.version == 2
    assert unpack_secrets(polls.current.config) == {"TOKEN": Secret("abc")}


def test_a_change_behind_a_first_deployment_that_fails_is_kept_for_the_next(
    owner, transactional_db, make_environment, work, flows
):
    polls = make_environment("polls")
    flows.plan(fail_at="build", error="broken")
    ask(polls, Wish(Kind.DEPLOY, {"folder": "/srv/polls"}))
    patch(owner, set={"TOKEN": "abc"})
    assert [(done.status, done.version) for done in work()] == [
        ("failed", None),
        ("succeeded", None),
    ]
    assert load_state(polls).config == {"TOKEN": Secret("abc")}


def test_a_change_of_a_plain_var_builds_the_image_again(
    owner, transactional_db, make_environment, work, flows
):
    make_environment("polls", 1)
    patch(owner, set={"TOKEN": "abc"})
    patch(owner, set={"THEME": "dark"}, hidden=False)
    patch(owner, set={"THEME": "dark", "OTHER": "x"})
    patch(owner, unset=["THEME"])
    work()
    calls = [call for call in flows.calls if call.startswith("configure")]
    assert [call.endswith("rebuilt") for call in calls] == [False, True, False, True]


def test_the_settings_module_is_no_secret_and_reaches_builds(owner, make_environment):
    environment = make_environment("polls")
    patch(owner, set={"DJANGO_SETTINGS_MODULE": "mysite.production"})
    assert load_state(environment).build_config == {"DJANGO_SETTINGS_MODULE": "mysite.production"}
    assert load_redactor(environment).text("mysite.production") == "mysite.production"


def test_the_class_of_server_is_no_secret_and_no_matter_of_a_build(owner, make_environment):
    environment = make_environment("polls")
    patch(owner, set={"NUAGES_SERVER_CLASS": "gevent"})
    assert load_state(environment).build_config == {}
    assert load_redactor(environment).text("gevent is missing") == "gevent is missing"


def test_a_var_stays_as_hidden_as_it_was(owner, make_environment):
    make_environment("polls")
    patch(owner, set={"A": "1"}, hidden=False)
    patch(owner, set={"A": "2", "B": "3"})
    assert {row.name: row.hidden for row in ConfigVar.objects.all()} == {"A": False, "B": True}


def test_only_plain_config_vars_are_for_builds(owner, make_environment):
    environment = make_environment("polls")
    patch(owner, set={"A": "1"}, hidden=False)
    patch(owner, set={"TOKEN": "abc"})
    assert load_state(environment).build_config == {"A": "1"}


def test_no_value_is_readable_in_the_database(owner, make_environment):
    make_environment("polls")
    patch(owner, set={"A": "canary-value"}, hidden=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM state_configvar")
        [[stored]] = cursor.fetchall()
    assert "canary" not in stored
    assert ConfigVar.objects.get().value.reveal() == "canary-value"


def test_a_text_that_is_no_secret_cannot_be_stored(make_environment):
    environment = make_environment("polls")
    row = ConfigVar(environment=environment, name="A")
    row.value = "plain"
    with pytest.raises(TypeError):
        row.save()
