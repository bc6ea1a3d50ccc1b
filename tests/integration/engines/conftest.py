"""An agent and an engine on a home of their own, with an image of a tiny web program."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.platform import PlatformSettings
from nuages.core.release import Release
from nuages.engines.local import client
from nuages.engines.local.engine import LocalEngine
from nuages.system.sockets import connect_unix
from tests.integration.engines.small_app import make_image, make_release


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Signal a process and wait until it has ended."""
    process = os.pidfd_open(pid)
    os.kill(pid, number)
    assert select.select([process], [], [], 10)[0], f"{pid} did not end"
    os.close(process)


@dataclass
class World:
    """What a test of the local engine works with."""

    home: Home
    engine: LocalEngine
    image: Image

    def release(self, version: int = 1, **env: str) -> Release:
        return make_release(self.image, version, **env)

    def live(self, version: int = 1, processes: tuple[str, ...] = ("web",), **env: str) -> Release:
        """A release that is started and ready."""
        release = self.release(version, **env)
        self.engine.start(release, processes, gated=False)
        self.engine.wait_ready(release)
        return release

    def get(self, release: Release, path: str = "/", seconds: float = 15.0) -> str:
        """What the release answers through its socket, with status 200."""
        folder = self.home.proxy / "releases" / release.key
        connection = http.client.HTTPConnection("localhost")
        connection.sock = connect_unix(folder / "web.sock", seconds)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        assert response.status == 200, body
        return body

    def look(self, release: Release) -> dict[str, Any]:
        """What the instance says of itself."""
        found: dict[str, Any] = json.loads(self.get(release, "/look"))
        return found

    def metrics(self, label: str = "polls") -> str:
        """The page of an environment's exporter."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = connect_unix(self.home.metrics_socket(label), 15)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
        connection.close()
        return page

    def wait_metric(self, line: str) -> None:
        """Return when the metrics have this line."""
        # Nobody is told of what the exporter receives.
        pause = threading.Event()
        for _ in range(500):
            if f"\n{line}\n" in self.metrics():
                return
            pause.wait(0.02)
        raise AssertionError(f"no '{line}' in {self.metrics()}")

    def agent_pid(self) -> int:
        pid: int = client.describe_agent(self.home)["pid"]
        return pid

    def kill_agent(self, number: int = signal.SIGKILL) -> None:
        """End the agent by a signal, and wait until it is gone."""
        kill(self.agent_pid(), number)

    def wait_status(self, name: str, *statuses: str, restarts: int = 0) -> Any:
        """The instance `name` once it has one of these statuses and has restarted so often."""
        pause = threading.Event()
        for _ in range(1000):
            found = [one for one in self.engine.instances() if one.id == name]
            known = [one for one in found if one.status in statuses and one.restarts >= restarts]
            if known or (not found and "gone" in statuses):
                return found[0] if found else None
            pause.wait(0.02)
        raise AssertionError(f"{name} never was {statuses}: {self.engine.instances()}")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Made once for each file of tests; nothing changes it."""
    return make_image(tmp_path_factory.mktemp("image") / "image")


@pytest.fixture
def world(short_tmp: Path, image: Image) -> Iterator[World]:
    """An agent is started; at the end nothing of it is left."""
    home = Home(short_tmp / "h")
    home.path.mkdir()
    client.ensure_agent(home)
    found = World(home, LocalEngine(home, PlatformSettings(http_port=8000)), image)
    try:
        yield found
    finally:
        client.ensure_agent(home)
        client.shutdown(home, apps=True)
    log = home.logs / "platform" / "agent.log"
    assert "Traceback" not in log.read_text(), log.read_text()


POLLS = EnvironmentName("polls")
