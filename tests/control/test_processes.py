"""Routes about instances and about the platform: ps, scale, restart, status, events."""

from __future__ import annotations

import pytest

from nuages.control.state.queries import load_state

pytestmark = pytest.mark.django_db
JSON = "application/json"


def test_ps_shows_what_the_engine_sees(owner, make_environment):
    make_environment("polls", 1)
    [row] = owner.get("/api/apps/polls/ps").json()
    assert (row["process"], row["status"], row["release"], row["pid"]) == ("web", "running", 1, 77)
    assert row["created"].startswith("1970-01-01T00:00:01")


def test_metrics_are_shown_as_the_engine_has_them(owner, make_environment):
    make_environment("polls", 1)
    answer = owner.get("/api/apps/polls/metrics")
    assert answer.content == b'django_requests{app="polls"} 3\n'
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_metrics_of_what_does_not_run_are_a_problem(owner, make_environment):
    make_environment("polls")
    assert owner.get("/api/apps/polls/metrics").json()["detail"] == "Nothing is measured"
    assert owner.get("/api/apps/shop/metrics").status_code == 404


def test_scale_is_kept_for_later_releases(owner, transactional_db, make_environment, work, flows):
    environment = make_environment("polls", 1)
    answer = owner.patch("/api/apps/polls/scale", {"web": 2}, JSON)
    assert (answer.status_code, answer.json()["kind"]) == (202, "scale")
    [done] = work()
    assert (done.status, done.version) == ("succeeded", None)
    assert "scale polls {'web': 2}" in flows.calls
    environment.refresh_from_db()
    assert load_state(environment).scale == {"web": 2}


def test_a_scale_that_fails_is_not_kept(owner, transactional_db, make_environment, work, flows):
    environment = make_environment("polls", 1)
    flows.plan(fail_at="start", error="no room")
    owner.patch("/api/apps/polls/scale", {"web": 2}, JSON)
    work()
    environment.refresh_from_db()
    assert environment.scale == {}


@pytest.mark.parametrize("counts", [{}, {"web": -1}, {"web": 101}, {"web": "x"}, ["web"]])
def test_numbers_that_make_no_sense_are_refused(owner, make_environment, counts):
    make_environment("polls", 1)
    answer = owner.patch("/api/apps/polls/scale", counts, JSON)
    assert (answer.status_code, answer.json()["exit_code"]) == (400, 2)


def test_a_restart_makes_no_release(owner, transactional_db, make_environment, work, flows):
    make_environment("polls", 1)
    assert owner.post("/api/apps/polls/restart").status_code == 202
    [done] = work()
    assert (done.status, done.version) == ("succeeded", None)
    assert flows.calls == ["restart polls"]


def test_what_never_ran_cannot_be_scaled_or_restarted(owner, make_environment):
    make_environment("polls")
    assert owner.post("/api/apps/polls/restart").json()["code"] == "control.E016"
    assert owner.patch("/api/apps/polls/scale", {"web": 2}, JSON).status_code == 409


def test_the_status_counts_apps_and_names_the_parts(owner, make_environment):
    make_environment("polls")
    status = owner.get("/api/status").json()
    assert status["apps"] == 1
    assert status["http"] == {"address": "::", "port": 8000}
    parts = {part["name"]: part["status"] for part in status["parts"]}
    assert parts["agent"] == parts["proxy"] == parts["api"] == "running"
    # There is no worker beside this test.
    assert parts["worker"] == "stopped"
    assert status["healthy"] is False


def test_events_of_an_app_are_the_last_ones_oldest_first(
    owner, transactional_db, make_environment, work, django_assert_num_queries
):
    make_environment("polls", 1)
    owner.post("/api/apps/polls/restart")
    work()
    with django_assert_num_queries(3):
        rows = owner.get("/api/apps/polls/events?n=2").json()
    assert [row["kind"] for row in rows] == ["step.done", "deployment.succeeded"]
    assert rows[0]["id"] == rows[0]["number"] < rows[1]["number"]
    assert (rows[0]["app"], rows[0]["environment"]) == ("polls", "live")
