"""A Docker engine of a test run's own: nothing of it is the machine's, and all of it goes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Docker:
    """An engine that answers at `socket`. It has no network of its own: containers get none, or
    the machine's."""

    socket: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """`docker ARGUMENTS`: what it printed, on both streams; AssertionError where it does not
        end with `code`."""
        done = subprocess.run(
            ["docker", *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, f"docker {' '.join(arguments)}: {done.stdout}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        """Ours, with this engine."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": "/nowhere"}


@contextmanager
def running_docker(folder: Path) -> Iterator[Docker]:
    """An engine whose data lie in `folder`, which has a short path; it is ended afterwards."""
    docker = Docker(folder / "d.sock")
    log = folder / "dockerd.log"
    argv = [
        "dockerd", "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
        "--pidfile", str(folder / "pid"), "--host", f"unix://{docker.socket}",
        "--iptables=false", "--bridge=none",
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output)
    try:
        _await(docker, process, log)
        yield docker
    finally:
        process.terminate()
        process.wait(_SECONDS)
        # Where a container had the machine's network, its name stays mounted.
        for name in (folder / "exec" / "netns").glob("*"):
            subprocess.run(["umount", name], check=False, capture_output=True)


def _await(docker: Docker, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        asked = subprocess.run(
            ["docker", "version"], env=docker.environment(), capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
        time.sleep(0.1)  # until it listens, or has ended
    raise AssertionError(f"no Docker engine came up:\n{log.read_text()[-3000:]}")
