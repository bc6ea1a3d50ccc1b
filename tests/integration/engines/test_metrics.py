"""One StatsD exporter for all instances of an environment, and where its metrics are asked for."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
from pathlib import Path

from nuages.engines.local import client
from nuages.system.processes import children
from tests.integration.engines.conftest import World, kill


def exporters(world: World) -> list[int]:
    """The processes below this agent that are exporters."""
    found, below = [], [world.agent_pid()]
    while below:
        pid = below.pop()
        below += children(pid)
        words = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
        if b"nuages_runtime.statsd" in words:
            found.append(pid)
    return found


def exporter(world: World) -> int:
    """The one that there is, once it has become one."""
    world.metrics()
    [pid] = exporters(world)
    return pid


def test_web_and_worker_send_to_one_exporter(world: World) -> None:
    release = world.live(processes=("web", "worker"), COUNTS="1")
    world.get(release, "/count?shop.orders:2|c|#kind:book")
    world.get(release, "/count?gunicorn.requests:1|c")
    world.wait_metric('shop_orders{kind="book"} 2')
    world.wait_metric("django_requests 1")
    world.wait_metric("worker_starts 1")
    assert exporter(world)


def test_counts_go_on_over_a_release_and_an_instance_that_dies(world: World) -> None:
    first = world.live()
    world.get(first, "/count?a:1|c")
    world.wait_metric("a 1")
    second = world.live(2)
    world.engine.retire(first.environment, 1, drain=True)
    world.get(second, "/count?a:1|c")
    world.wait_metric("a 2")
    with contextlib.suppress(OSError, http.client.HTTPException):
        world.get(second, "/die")
    world.wait_status("polls.v2.web.1", "ready", restarts=1)
    world.get(second, "/count?a:1|c")
    world.wait_metric("a 3")


def test_an_exporter_that_dies_is_started_again_and_receives_the_same(world: World) -> None:
    release = world.live()
    world.get(release, "/count?a:1|c")
    world.wait_metric("a 1")
    kill(exporter(world))
    world.get(release, "/count?b:1|c")
    world.wait_metric("b 1")
    assert "\na 1\n" not in world.metrics()


def test_an_exporter_ends_with_its_agent_and_the_next_one_has_another(world: World) -> None:
    release = world.live()
    world.get(release, "/count?a:1|c")
    world.wait_metric("a 1")
    process = os.pidfd_open(exporter(world))
    world.kill_agent()
    assert select.select([process], [], [], 10)[0]
    os.close(process)
    client.ensure_agent(world.home)
    world.engine.start(release, ("web",), gated=False)
    world.get(release, "/count?b:1|c")
    world.wait_metric("b 1")


def test_nothing_is_left_when_the_environment_is_gone(world: World) -> None:
    release = world.live()
    process = os.pidfd_open(exporter(world))
    world.engine.remove(release.environment, data=True)
    assert not world.home.metrics_socket("polls").exists()
    assert select.select([process], [], [], 10)[0]
    os.close(process)


def test_an_environment_that_is_made_again_at_once_has_another_exporter(world: World) -> None:
    release = world.live()
    world.get(release, "/count?a:1|c")
    world.wait_metric("a 1")
    world.engine.remove(release.environment, data=True)
    world.get(world.live(), "/count?b:1|c")
    world.wait_metric("b 1")
    assert "\na 1\n" not in world.metrics()


def test_an_exporter_that_cannot_start_fails_no_release(world: World) -> None:
    main = world.image.runtime / "nuages_runtime" / "statsd" / "__main__.py"
    text = main.read_text()
    main.write_text("raise SystemExit('broken')\n")
    try:
        release = world.live()
        assert world.get(release) == "hello from v1"
    finally:
        main.write_text(text)
