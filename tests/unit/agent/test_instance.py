"""An instance and the release that it belongs to, without a program."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from nuages.agent.host import FIRST_DELAY, Host
from nuages.agent.instance import Instance, Place
from nuages.agent.loop import Loop
from nuages.core.home import Home
from nuages.core.process import Kind, Limits
from nuages.engines.local.protocol import Launch, ProcessPlan

PLAN = ProcessPlan("web", Kind.WEB, 1, Launch(("x",), {}, Limits()))


class Owner:
    """A release that stops what crashes, as a failed restart does, and counts later starts."""

    def __init__(self, *, stops: bool) -> None:
        self._stops = stops
        self.starts = 0

    def changed(self, instance: Instance) -> None:
        if self._stops and instance.status == "crashed":
            instance.stop(1.0)

    def start_again(self, instance: Instance) -> None:
        self.starts += 1


def crash(folder: Path, owner: Owner) -> Instance:
    """An instance that cannot be started, because its log cannot be written, a while later."""
    loop = Loop()
    (folder / "logs").write_text("in the way")
    host = Host(loop, Home(folder), *cast(Any, [None] * 4))
    instance = Instance(host, Place("polls.v1", "polls", 1, "web", Kind.WEB, 1), owner)
    instance.start(PLAN, None, gated=False)
    loop.later(FIRST_DELAY + 0.1, loop.stop)
    loop.run()
    return instance


def test_an_instance_that_crashed_is_started_again(tmp_path: Path) -> None:
    owner = Owner(stops=False)
    assert crash(tmp_path, owner).status == "crashed"
    assert owner.starts == 1


def test_an_instance_that_is_stopped_because_it_crashed_is_not_started_again(
    tmp_path: Path,
) -> None:
    owner = Owner(stops=True)
    assert crash(tmp_path, owner).status == "ended"
    assert owner.starts == 0
