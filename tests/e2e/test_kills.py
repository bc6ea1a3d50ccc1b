"""kill -9 of every process of the platform at every step: apps answer, and the state is whole."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.engines.local.client import list_services
from tests.e2e.killing import PARTS, Asker, Project, World, ask, kill, until
from tools.own_platform import Platform, processes_of

BEFORE = ("source", "inspect", "build", "assemble", "release", "start", "ready")
STEPS = (*BEFORE, "switch", "drain")
APP = "kept"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A platform of its own with one app, whose page is asked for from the first to the last."""
    platform = Platform.prepare()
    project = Project.make(tmp_path_factory.mktemp("kills") / "site")
    try:
        platform.start()
        platform.run("deploy", str(project.folder), "--app", APP)
        yield World(platform, project, Asker(platform.port, f"{APP}.localhost"), APP)
    finally:
        left = platform.stop()
        platform.remove()
    assert not left, "; ".join(left)


@pytest.fixture
def healthy(live: World) -> World:
    """The platform with the current release alone, whatever became of the test before."""
    if any(service["restarts"] for service in list_services(live.home)):
        # A service that was killed is started again later each time; a new start forgets that.
        live.platform.run("down")
        live.platform.start()
    live.await_order()
    return live


@pytest.fixture
def world(healthy: World) -> Iterator[World]:
    """The same with a visitor, who must see no failure that the test did not expect."""
    world = replace(healthy, asker=Asker(healthy.platform.port, f"{APP}.localhost"))
    world.asker.start()
    world.asker.hear()
    yield world
    world.asker.hear()
    world.asker.end()
    assert [failure.what for failure in world.asker.failures] == []


def check_deployable(world: World) -> None:
    """What was interrupted can be asked for again, and leaves nothing behind."""
    world.platform.run("deploy", str(world.project.folder), "--app", APP)
    world.await_order()
    world.asker.hear()
    assert world.asker.text.splitlines()[0] == world.project.word
    world.check_runs()
    until(lambda: not world.leftovers(), f"nothing left of the kill: {world.leftovers()}")


@pytest.mark.parametrize("who", [("worker",), PARTS], ids=["worker", "control plane"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_during_a_deployment_ends_it_on_one_side_of_its_switch(
    world: World, step: str, who: tuple[str, ...]
) -> None:
    former, version = world.asker.text.splitlines()[0], world.current()
    word = world.project.change(settings=step == "build")

    deployment = world.start_deployment()
    world.await_step(deployment, step)
    world.kill(*who)
    ended = world.await_end(deployment)

    succeeded = ended["status"] == "succeeded"
    assert succeeded or ended["error"]["code"] == "control.E011", ended
    assert not (succeeded and step in BEFORE)
    assert succeeded or step != "drain"
    world.await_health()
    world.await_order()
    assert (world.current() != version) == succeeded
    world.asker.hear()
    assert world.asker.text.splitlines()[0] == (word if succeeded else former)
    check_deployable(world)


@pytest.mark.parametrize("step", ["build", "release", "ready", "switch", "drain"])
def test_a_kill_of_the_agent_during_a_deployment_ends_it_on_one_side_of_its_switch(
    world: World, step: str
) -> None:
    version = world.current()
    world.project.change(settings=step == "build")

    deployment = world.start_deployment()
    world.await_step(deployment, step)
    world.kill("agent")
    ended = world.await_end(deployment)

    world.await_health()
    world.await_order()
    assert (world.current() != version) == (ended["status"] == "succeeded"), ended
    check_deployable(world)


@pytest.mark.parametrize("step", ["release", "switch", "drain"])
def test_a_kill_of_the_proxy_costs_what_is_in_flight_and_nothing_that_comes_after(
    world: World, step: str
) -> None:
    word = world.project.change()

    deployment = world.start_deployment()
    world.await_step(deployment, step)
    killed = world.kill_proxy()
    ended = world.await_end(deployment)
    world.asker.hear()

    in_flight = [failure for failure in world.asker.failures if failure.opened <= killed]
    assert ended["status"] == "succeeded", ended
    assert world.asker.failures == in_flight
    assert world.asker.text.splitlines()[0] == word
    world.asker.failures.clear()
    world.await_health()
    check_deployable(world)


def test_a_kill_of_an_instance_cuts_short_what_it_was_sending_at_most(world: World) -> None:
    """A request that it had not begun to answer is asked again of the one that follows."""
    (before,) = world.instances()
    kill([before["pid"]])
    killed = time.monotonic()
    world.asker.hear()
    world.await_order()
    cut_short = [
        failure
        for failure in world.asker.failures
        if failure.opened <= killed and failure.what.startswith("IncompleteRead")
    ]
    assert world.asker.failures == cut_short
    world.asker.failures.clear()

    (after,) = world.instances()
    assert after["pid"] != before["pid"]
    assert after["restarts"] == before["restarts"] + 1


def test_a_kill_of_a_new_instance_fails_its_deployment(world: World) -> None:
    former, version = world.asker.text.splitlines()[0], world.current()
    world.project.change()

    deployment = world.start_deployment()
    world.await_step(deployment, "ready")
    kill([row["pid"] for row in world.instances() if row["release"] != version])
    ended = world.await_end(deployment)

    assert ended["status"] == "failed"
    # It had not said that it is ready, or was being asked from outside.
    assert ended["error"]["code"] in {"engines.E003", "engines.E005"}
    world.await_order()
    assert (world.current(), world.asker.text.splitlines()[0]) == (version, former)
    check_deployable(world)


def test_an_instance_that_dies_with_its_agent_is_started_by_the_next_agent(world: World) -> None:
    (before,) = world.instances()
    world.kill("agent")
    kill([before["pid"]])
    world.await_health()
    world.await_order()

    (after,) = world.instances()
    assert after["pid"] != before["pid"]
    # Nobody was left who held the app's socket; from its return on everybody is answered.
    world.asker.hear()
    world.asker.failures.clear()


def test_an_instance_that_the_next_agent_found_is_started_again_by_it(world: World) -> None:
    (before,) = world.instances()
    agent = world.pids()["agent"]
    kill([agent])
    until(lambda: world.pids().get("agent") not in (None, agent), "the next agent")
    kill([before["pid"]])
    world.asker.hear()
    world.await_order()

    (after,) = world.instances()
    assert after["pid"] != before["pid"]


def test_apps_answer_while_neither_agent_nor_control_plane_is_there(world: World) -> None:
    (before,) = world.instances()
    world.kill("agent", *PARTS)
    world.asker.hear()
    world.platform.start()

    world.await_order()
    (after,) = world.instances()
    assert after["pid"] == before["pid"]
    world.project.change()
    check_deployable(world)


def test_a_reboot_brings_every_release_back_with_its_data(healthy: World) -> None:
    text, version = ask(healthy.platform.port, f"{APP}.localhost"), healthy.current()
    (before,) = healthy.instances()
    healthy.kill_everything()

    healthy.platform.start()
    healthy.await_order()

    assert ask(healthy.platform.port, f"{APP}.localhost") == text
    (after,) = healthy.instances()
    assert after["pid"] != before["pid"]
    assert healthy.current() == version


def test_apps_run_on_while_the_platform_is_down(healthy: World) -> None:
    (before,) = healthy.instances()
    healthy.platform.run("down")
    healthy.platform.start()

    assert ask(healthy.platform.port, f"{APP}.localhost").startswith("word ")
    (after,) = healthy.instances()
    assert (after["pid"], after["restarts"]) == (before["pid"], before["restarts"])


def test_apps_that_were_stopped_come_back_as_they_were(healthy: World) -> None:
    healthy.platform.run("down", "--apps")
    healthy.platform.start()
    healthy.await_order()


def test_down_finds_what_a_killed_agent_has_left(healthy: World) -> None:
    healthy.kill("agent", *PARTS)
    healthy.platform.run("down", "--apps")

    assert processes_of(healthy.platform.home) == {}
    healthy.platform.start()
    healthy.await_order()


def test_a_second_up_on_the_same_home_is_refused(world: World) -> None:
    pids = world.pids()
    refused = world.platform.run("up", "--detach", code=4)

    assert f"runs already, on port {world.platform.port}" in refused.stderr
    assert world.pids() == pids


def test_a_port_in_use_is_refused_and_nothing_is_left_running(short_tmp: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        platform = Platform.prepare(short_tmp / "home", taken.getsockname()[1])
        refused = platform.run(
            "up", "--http-port", str(platform.port), "--detach", code=4, seconds=60
        )
    assert f"port {platform.port}" in refused.stderr
    assert not processes_of(platform.home)
