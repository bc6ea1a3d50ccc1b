"""The worker: claims, order, events as rows, failures, what is written when."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from nuages.control import bells
from nuages.control.state.models import Build, Deployment, Event, Kind, Release, Status
from nuages.control.state.queries import ImagesInUse
from nuages.control.state.requests import Wish, ask
from nuages.control.worker import endings
from nuages.control.worker.claims import SILENCE, claim, is_dead, own_name
from nuages.control.worker.loop import Worker
from nuages.control.worker.perform import perform
from nuages.control.worker.recovery import declare_due, recover, with_release
from nuages.core.engine import OneOff
from nuages.core.event import Event as Happening
from nuages.core.event import Step
from tests.control.fakes import await_file, make_image

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "canary-9f86d081/+"


def deploy(environment, **request):
    """A waiting deploy."""
    return ask(environment, Wish(Kind.DEPLOY, {"folder": "/srv/polls", **request}))


def restart(environment):
    """A waiting restart."""
    return ask(environment, Wish(Kind.RESTART))


def test_the_oldest_of_an_environment_is_claimed_and_the_next_waits_for_its_end(make_environment):
    polls = make_environment("polls", 1)
    first, second = restart(polls), restart(polls)
    assert claim("me").pk == first.pk
    assert claim("me") is None
    Deployment.objects.filter(pk=first.pk).update(status=Status.SUCCEEDED)
    # It has succeeded, but the former release is still being stopped.
    assert claim("me") is None
    Deployment.objects.filter(pk=first.pk).update(holds=False)
    assert claim("me").pk == second.pk


def test_two_environments_are_worked_on_side_by_side(make_environment):
    restart(make_environment("polls", 1))
    restart(make_environment("blog", 1))
    assert claim("me").app == "polls"
    assert claim("me").app == "blog"


def test_the_database_refuses_a_second_deployment_that_holds_an_environment(make_environment):
    polls = make_environment("polls", 1)
    rows = [restart(polls), restart(polls)]
    Deployment.objects.filter(pk=rows[0].pk).update(holds=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.filter(pk=rows[1].pk).update(holds=True)


def test_a_deployment_of_a_destroyed_environment_fails_as_not_found(make_environment, work):
    polls = make_environment("polls", 1)
    ask(polls, Wish(Kind.DESTROY))
    after = restart(polls)
    work()
    after.refresh_from_db()
    assert (after.status, after.error["code"]) == ("failed", "control.E001")


def test_the_steps_of_a_pipeline_become_events_in_order(make_environment, work):
    polls = make_environment("polls")
    row = deploy(polls)
    work()
    events = Event.objects.filter(deployment=row)
    steps = [event.step for event in events if event.kind == "step.done"]
    assert steps == ["source", "inspect", "build", "release", "ready", "drain"]
    kinds = list(events.values_list("kind", flat=True))
    order = ["release.assembled", "release.switching", "release.switched", "deployment.succeeded"]
    assert [kind for kind in kinds if kind in order] == order


def test_a_build_is_kept_with_its_image_and_its_time(make_environment, work):
    row = deploy(make_environment("polls"))
    work()
    build = Build.objects.get(deployment=row)
    assert (build.status, build.seconds, build.image.digest) == ("succeeded", 0.1, "sha256:polls1")


def test_a_failure_before_the_switch_leaves_the_release_and_says_why(
    make_environment, work, flows, engine
):
    polls = make_environment("polls", 1)
    flows.plan(fail_at="release", error="no such table")
    row = deploy(polls)
    work()
    row.refresh_from_db()
    assert row.status == "failed"
    assert row.error["code"] == "fake.E001"
    assert row.error["detail"] == "no such table"
    polls.refresh_from_db()
    assert polls.current.version == 1
    assert Release.objects.get(environment=polls, version=2).switched is None
    assert not row.holds
    assert not any(call.startswith("finish") for call in flows.calls)


def test_a_bug_in_a_stage_ends_as_one_and_shows_no_internals(make_environment, work, flows):
    flows.plan(fail_at="build", error="secret internals", bug=True)
    row = deploy(make_environment("polls"))
    work()
    row.refresh_from_db()
    assert (row.status, row.error["code"], row.error["exit_code"]) == ("failed", "core.E001", 70)
    assert "internals" not in str(row.error)


def test_the_next_deployment_begins_after_a_failed_one(make_environment, work, flows):
    polls = make_environment("polls")
    flows.plan(fail_at="build", error="broken")
    deploy(polls)
    work()
    flows.plan()
    [done] = [deploy(polls)] and work()
    assert done.status == "succeeded"


def test_values_of_config_vars_are_in_no_event_and_no_error(make_environment, work, flows):
    polls = make_environment("polls", 1, TOKEN=CANARY)
    key = polls.secret_key.reveal()
    flows.plan(fail_at="release", error=f"boom {CANARY} {key}", say=[f"it is {CANARY}"])
    row = deploy(polls)
    work()
    row.refresh_from_db()
    stored = str(row.error) + str(list(Event.objects.values_list("message", "data")))
    assert "[redacted]" in stored
    assert CANARY not in stored
    assert key not in stored


def test_a_success_is_seen_before_the_former_release_is_gone(
    make_environment, tools, flows, tmp_path
):
    polls = make_environment("polls", 1)
    row = deploy(polls)
    claimed = claim(own_name())
    flows.plan()
    seen = []

    class Watching(type(flows)):
        def finish(self, *args):
            row.refresh_from_db()
            seen.append((row.status, row.holds))

    perform(claimed, type(tools)(tools.parts, Watching()))
    assert seen == [("succeeded", True)]
    row.refresh_from_db()
    assert not row.holds


def test_a_clean_up_that_fails_does_not_undo_the_success(make_environment, tools, flows):
    row = deploy(make_environment("polls", 1))

    class Failing(type(flows)):
        def finish(self, *args):
            raise RuntimeError("no")

    perform(claim(own_name()), type(tools)(tools.parts, Failing()))
    row.refresh_from_db()
    assert (row.status, row.holds) == ("succeeded", False)
    assert Event.objects.filter(message__startswith="Cleaning up is not complete").exists()


def test_bytes_that_are_no_text_are_written_down_as_such(make_environment, work, flows):
    flows.plan(fail_at="release", error="no such file: caf\udce9.txt", say=["caf\udce9.txt"])
    row = deploy(make_environment("polls", 1))
    work()
    row.refresh_from_db()
    assert (row.status, row.holds) == ("failed", False)
    assert row.error["detail"] == "no such file: caf\\udce9.txt"
    assert Event.objects.filter(message="caf\\udce9.txt").exists()


@pytest.fixture
def locked_once(make_environment, tools, flows, monkeypatch):
    """Performs a deploy whose end cannot be written; its row afterwards."""

    def locked(*_):
        raise OperationalError("database is locked")

    def deploy_and_fail(**plan):
        row = deploy(make_environment("polls", 1))
        flows.plan(**plan)
        claimed = claim(own_name())
        with monkeypatch.context() as patch:
            patch.setattr(endings, "_note", locked)
            with pytest.raises(OperationalError):
                perform(claimed, tools)
        row.refresh_from_db()
        return row

    return deploy_and_fail


@pytest.mark.parametrize(
    ("plan", "status"), [({"fail_at": "release", "error": "broken"}, "failed"), ({}, "succeeded")]
)
def test_an_end_that_cannot_be_written_is_left_to_recovery(locked_once, tools, plan, status):
    row = locked_once(**plan)
    assert (row.status, row.holds, row.owner) == ("running", True, "")
    assert bells.TO_WORKER.hush()
    recover(tools, Counter())
    row.refresh_from_db()
    assert (row.status, row.holds) == (status, False)


def test_an_error_after_the_switch_does_not_make_a_failure(make_environment, tools):
    polls = make_environment("polls", 1)
    row = deploy(polls)

    class Failing(type(tools.flows)):
        def deploy(self, *args):
            super().deploy(*args)
            raise OperationalError("database is locked")

    perform(claim(own_name()), type(tools)(tools.parts, Failing()))
    row.refresh_from_db()
    assert (row.status, row.version, row.error) == ("succeeded", 2, None)
    polls.refresh_from_db()
    assert polls.current.version == 2
    assert Event.objects.filter(deployment=row, message__startswith="After the switch").exists()


def test_the_evidence_of_an_error_is_cut_after_its_secrets_are_taken_out(
    make_environment, work, flows
):
    # Its end, which is what is kept, would begin in the midst of the value.
    error = CANARY + "x" * (endings.DETAILS - 6)
    flows.plan(fail_at="release", error=error)
    row = deploy(make_environment("polls", 1, TOKEN=CANARY))
    work()
    row.refresh_from_db()
    assert len(row.error["details"]) == endings.DETAILS
    assert CANARY[-6:] not in row.error["details"]


def test_a_live_owner_is_not_dead_and_a_silent_or_absent_one_is(make_environment):
    restart(make_environment("polls", 1))
    row = claim(own_name())
    assert not is_dead(row)
    row.heartbeat = timezone.now() - SILENCE - timedelta(seconds=1)
    assert is_dead(row)
    row.heartbeat = timezone.now()
    boot, pid, start = row.owner.split(":")
    row.owner = f"{boot}:{pid}:{int(start) + 1}"
    assert is_dead(row)
    row.owner = f"other-boot:{pid}:{start}"
    assert is_dead(row)
    row.owner = ""
    assert is_dead(row)


def test_a_running_worker_is_woken_by_a_bell_and_stops_when_told(make_environment, tools):
    worker = Worker(tools)
    thread = threading.Thread(target=lambda: (worker.run(), connection.close()))
    thread.start()
    try:
        row = restart(make_environment("polls", 1))
        bells.TO_WORKER.ring()
        deadline = time.monotonic() + 20
        while not Deployment.objects.filter(pk=row.pk, status="succeeded", holds=False).exists():
            assert time.monotonic() < deadline
            bells.TO_API.wait(0.05)
    finally:
        worker.stop()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def running_worker(tools):
    """Starts a worker on these flows, as a thread."""
    started = []

    def start(flows):
        worker = Worker(type(tools)(tools.parts, flows))
        thread = threading.Thread(target=lambda: (worker.run(), connection.close()))
        thread.start()
        started.append((worker, thread))
        return worker

    yield start
    for worker, thread in started:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


def await_row(row, **wanted):
    """Wait until a deployment is so."""
    deadline = time.monotonic() + 20
    while not Deployment.objects.filter(pk=row.pk, **wanted).exists():
        assert time.monotonic() < deadline, wanted
        bells.TO_API.wait(0.05)
    row.refresh_from_db()


@pytest.fixture
def hanging(flows):
    """Flows whose deploys wait for a command that never ends."""

    class Hanging(type(flows)):
        def deploy(self, request, parts, record):
            record(Happening("step.started", "Running", Step.RELEASE))
            one_off = OneOff(
                request.state.environment, make_image("sha256:x"), ("sleep",), {}, "release"
            )
            parts.engine.run_once(one_off, lambda _: self._folder.joinpath("hangs").touch())

    return Hanging()


def test_a_running_deployment_can_be_cancelled(make_environment, running_worker, hanging, owner):
    polls = make_environment("polls", 1)
    row = deploy(polls)
    running_worker(hanging)
    await_file(hanging._folder / "hangs")
    assert owner.delete(f"/api/deployments/{row.pk}").status_code == 202
    await_row(row, status="failed", holds=False)
    assert row.error["code"] == "control.E021"
    polls.refresh_from_db()
    assert polls.current.version == 1


def test_a_removal_ends_what_is_under_way(make_environment, running_worker, hanging, owner):
    polls = make_environment("polls", 1)
    row, after = deploy(polls), restart(polls)
    running_worker(hanging)
    await_file(hanging._folder / "hangs")
    answer = owner.delete("/api/apps/polls?confirm=polls")
    assert answer.status_code == 202
    removal = Deployment.objects.get(pk=answer.json()["id"])
    await_row(removal, status="succeeded", holds=False)
    codes = [Deployment.objects.get(pk=one.pk).error["code"] for one in (row, after)]
    assert codes == ["control.E021", "control.E021"]


def test_what_has_ended_and_a_removal_cannot_be_cancelled(make_environment, work, owner):
    row = restart(make_environment("polls", 1))
    work()
    problem = owner.delete(f"/api/deployments/{row.pk}").json()
    assert (problem["code"], problem["exit_code"]) == ("control.E022", 4)
    removal = ask(row.environment, Wish(Kind.DESTROY))
    assert owner.delete(f"/api/deployments/{removal.pk}").status_code == 409
    assert owner.delete("/api/deployments/4711").status_code == 404


def test_a_removal_that_stops_half_way_leaves_no_release_to_bring_up(
    make_environment, tools, work, flows
):
    polls = make_environment("polls", 1)
    flows.plan(fail_at="clean", error="device busy")
    ask(polls, Wish(Kind.DESTROY))
    [done] = work()
    assert done.status == "failed"
    assert with_release() == set()
    flows.plan()
    ask(polls, Wish(Kind.DESTROY))
    [done] = work()
    assert done.status == "succeeded"


def test_images_go_with_their_environment_and_with_the_next_failure(make_environment, work, flows):
    polls, blog = make_environment("polls", 1), make_environment("blog", 1)
    flows.plan(fail_at="release", error="broken")
    for _ in range(2):
        deploy(polls)
        work()
    # The last one that failed stays for the next attempt.
    assert flows.calls[-1] == "clean keeps sha256:blog1,sha256:polls1,sha256:polls3"
    assert set(ImagesInUse()) == {"sha256:blog1", "sha256:polls1"}
    flows.plan()
    ask(blog, Wish(Kind.DESTROY))
    work()
    assert flows.calls[-1] == "clean keeps sha256:polls1"


def test_one_that_cannot_be_recovered_keeps_back_no_other_and_ends(make_environment, tools):
    broken, other = deploy(make_environment("polls", 1)), deploy(make_environment("blog", 1))
    Deployment.objects.update(status=Status.RUNNING, holds=True, version=2)

    class Failing(type(tools.flows)):
        def take_back(self, state, version, parts):
            if state.environment.app == "polls":
                raise RuntimeError("no")

    failures = Counter()
    failing = type(tools)(tools.parts, Failing())
    recover(failing, failures)
    for row in (broken, other):
        row.refresh_from_db()
    assert (broken.status, broken.holds) == ("running", True)
    assert (other.status, other.holds) == ("failed", False)
    recover(failing, failures)
    broken.refresh_from_db()
    assert (broken.status, broken.holds, broken.error["code"]) == ("failed", False, "core.E001")


def test_an_app_that_cannot_be_brought_up_is_tried_once_and_keeps_back_no_other(
    make_environment, tools
):
    polls, held = make_environment("polls", 1), make_environment("held", 1)
    make_environment("blog", 1)
    row = restart(held)
    Deployment.objects.filter(pk=row.pk).update(status=Status.RUNNING, holds=True)

    class Failing(type(tools.flows)):
        def declare(self, state, parts):
            if state.environment.app == "polls":
                raise RuntimeError("no")
            super().declare(state, parts)

    failing = type(tools)(tools.parts, Failing())
    due = declare_due(failing, with_release())
    assert due == {held.pk}
    assert tools.flows.calls == ["declare blog v1"]
    assert declare_due(failing, due) == {held.pk}
    assert polls.events.filter(kind="release.declare_failed").count() == 1
    Deployment.objects.filter(pk=row.pk).update(status=Status.SUCCEEDED, holds=False)
    assert declare_due(failing, due) == set()
    assert tools.flows.calls[-1] == "declare held v1"


def test_two_workers_never_take_the_same_deployment(make_environment, flows, tmp_path):
    rows = []
    for number in range(12):
        environment = make_environment(f"app{number % 6}", 0 if number >= 6 else 1)
        rows.append(restart(environment))
    start, script = tmp_path / "start", Path(__file__).with_name("claimer.py")
    env = {
        **os.environ,
        "NUAGES_HOME": str(settings.NUAGES_HOME.path),
        "DJANGO_SETTINGS_MODULE": "tests.control.settings",
        "NUAGES_TEST_DATABASE": connection.settings_dict["NAME"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    workers = [
        subprocess.Popen(
            [sys.executable, str(script), str(start), str(tmp_path / f"up{n}")], env=env
        )
        for n in range(2)
    ]
    try:
        for number in range(2):
            await_file(tmp_path / f"up{number}")
        start.touch()
        codes = [worker.wait(60) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert codes == [0, 0]
    assert not Deployment.objects.exclude(status="succeeded", holds=False).exists()
    assert len(flows.calls) == len(rows)
    started = Event.objects.filter(kind="deployment.started").values_list("deployment", flat=True)
    assert sorted(started) == sorted(row.pk for row in rows)
