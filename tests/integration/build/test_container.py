"""An image in a real container with nothing of ours around it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dockerd import Docker
from tests.integration.build.conftest import Builder
from tests.runtime.instance import PATIENCE, free_port

RUN = ("/venv/bin/python", "-m", "nuages_runtime.container")


@pytest.fixture(scope="module")
def image(builder: Builder, docker: Docker, place: Path) -> str:
    """The polls example, loaded."""
    builder.build("-o", str(place / "polls.tar"), "--tag", "polls:1")
    docker.run("load", "-i", str(place / "polls.tar"))
    return "polls:1"


@pytest.fixture
def port(docker: Docker, image: str) -> Iterator[int]:
    """The port of a container called `polls`: the network is the machine's."""
    port = free_port()
    docker.run(
        *("run", "-d", "--name", "polls", "--network=host", "--read-only", "--tmpfs", "/tmp"),
        *("-v", "polls:/data", "--memory", "512m", "-e", f"PORT={port}"),
        *("-e", "NUAGES_BIND=127.0.0.1", "-e", f"NUAGES_METRICS_BIND=127.0.0.1:{free_port()}"),
        image,
    )
    yield port
    docker.run("rm", "-f", "-v", "polls")
    docker.run("volume", "rm", "polls")


def status(port: int, path: str) -> int:
    """Of one answer; waits until somebody listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            # Nothing says when a container opens its port.
            time.sleep(0.1)


def test_a_container_serves_releases_and_ends_as_told(docker: Docker, port: int) -> None:
    assert status(port, "/polls/") == 500, "it has no tables yet"
    assert "Applying polls.0001_initial" in docker.run("exec", "polls", *RUN, "release")
    assert status(port, "/polls/") == 200
    assert status(port, "/static/admin/css/base.css") == 200
    assert docker.run("exec", "polls", *RUN, "health") == "healthy\n"
    shell = ("python", "manage.py", "shell", "-c")
    said = docker.run(
        "exec", "polls", *shell, "from django.conf import settings; print(settings.DEBUG)"
    )
    assert said.splitlines()[-1] == "False"
    docker.run("stop", "-t", "20", "polls")
    ended = docker.run("inspect", "polls", "--format", "{{.State.ExitCode}}")
    logs = docker.run("logs", "polls")
    assert ended == "0\n", logs
    assert "SECRET_KEY was not set: a key was made, and is kept in /data/.secret_key" in logs
    assert "set DOMAIN" in logs
    docker.run("start", "polls")
    assert status(port, "/polls/") == 200
    assert docker.run("logs", "polls").count("a key was made") == 1
