"""A platform is started, looked at and stopped by its command line, in its own processes."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nuages.core.home import Home
from nuages.engines.local.client import describe_agent, is_running
from tools.own_platform import Platform, free_port, processes_of

STOP_SECONDS = 30


@pytest.fixture
def own(short_tmp: Path) -> Iterator[Platform]:
    """A platform that is not started yet, in a folder with a space in its name."""
    platform = Platform.prepare(short_tmp / "a home", free_port())
    yield platform
    platform.stop()
    assert not processes_of(platform.home)


def up(platform: Platform, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """`nuages up --detach` on this machine's own address."""
    where = ["--http-port", str(platform.port), "--http-address", "127.0.0.1"]
    return platform.run("up", "--detach", *where, *more, code=code)


def test_a_platform_starts_is_healthy_and_stops(own: Platform) -> None:
    started = up(own)

    status = own.read("status")

    assert f"http://NAME.localhost:{own.port}" in started.stdout
    assert status["healthy"]
    assert status["http"] == {"address": "127.0.0.1", "port": own.port}
    assert own.home.stat().st_mode & 0o777 == 0o700
    own.run("down")
    own.run("status", code=6)
    assert not processes_of(own.home)


def test_a_platform_starts_again_on_the_port_it_had(own: Platform) -> None:
    up(own)
    own.run("down")

    own.run("up", "--detach")

    assert own.read("status")["http"]["port"] == own.port


def test_a_second_start_on_one_home_is_refused_with_the_port(own: Platform) -> None:
    up(own)

    refused = up(own, code=4)

    assert f"runs already, on port {own.port}" in refused.stderr


def test_a_port_in_use_is_refused_and_nothing_is_left_running(own: Platform) -> None:
    with socket.create_server(("127.0.0.1", own.port)):
        refused = up(own, code=4)

    assert f"port {own.port}" in refused.stderr
    assert "--http-port" in refused.stderr
    assert not processes_of(own.home)


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(own: Platform) -> None:
    home = own.home.parent / ("x" * 120)

    refused = own.run("up", "--detach", "--home", str(home), code=2)

    assert "107" in refused.stderr
    assert not home.exists()


def test_down_without_a_platform_is_no_error(own: Platform) -> None:
    assert "No platform is running" in own.run("down").stderr


def until(holds: Callable[[], bool]) -> None:
    """Return when it holds; an agent that was told to end takes a moment to be gone."""
    deadline = time.monotonic() + STOP_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.05)


@contextmanager
def foreground(own: Platform, *more: str) -> Iterator[subprocess.Popen[str]]:
    """`nuages up` in the foreground, once it watches; killed at the end if it still runs."""
    where = ["--http-port", str(own.port), "--http-address", "127.0.0.1"]
    with subprocess.Popen(
        [str(own.program), "up", *where, *more],
        env=own.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert any("Ctrl-C" in line for line in process.stderr)
            yield process
        finally:
            process.kill()


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    """What it says from now on."""
    assert process.stderr is not None
    return iter(process.stderr)


def parts_of(own: Platform) -> dict[str, int]:
    """The pids of the platform's parts."""
    return {part["name"]: part["pid"] for part in own.read("status")["parts"]}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_stops_a_platform_in_the_foreground(
    own: Platform, number: signal.Signals, code: int
) -> None:
    with foreground(own) as process:
        process.send_signal(number)
        _, said = process.communicate(timeout=STOP_SECONDS)

    assert process.returncode == code
    assert "is stopped" in said
    until(lambda: not processes_of(own.home))


def test_a_service_that_is_killed_is_told_of_in_the_foreground(own: Platform) -> None:
    with foreground(own) as process:
        os.kill(parts_of(own)["control"], signal.SIGKILL)
        told = next(line for line in lines_of(process) if "control" in line)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)

    assert "was started again" in told


def test_an_agent_that_is_killed_is_replaced_in_the_foreground(own: Platform) -> None:
    with foreground(own) as process:
        # The control plane would be faster; it is held so that only the command can do it.
        held = [pid for name, pid in parts_of(own).items() if name not in ("agent", "proxy")]
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        os.kill(describe_agent(Home(own.home))["pid"], signal.SIGKILL)
        told = next(line for line in lines_of(process) if "agent" in line)
        until(lambda: is_running(Home(own.home)))
        for pid in held:
            os.kill(pid, signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)

    assert "starting another one" in told
    assert process.returncode == 0


def test_down_ends_a_platform_in_the_foreground_for_good(own: Platform) -> None:
    with foreground(own) as process:
        own.run("down")
        _, said = process.communicate(timeout=STOP_SECONDS)

    assert process.returncode == 0
    assert "stopped by another command" in said
    own.run("status", code=6)


def test_a_unit_whose_command_was_killed_watches_over_what_runs(own: Platform) -> None:
    with foreground(own) as process:
        process.kill()
        process.wait()
    before = parts_of(own)

    with foreground(own, "--take-over") as process:
        after = parts_of(own)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)

    assert after == before
    assert process.returncode == 0
    own.run("status", code=6)


def test_a_start_that_is_told_to_end_leaves_nothing_running(own: Platform) -> None:
    where = ["--http-port", str(own.port), "--http-address", "127.0.0.1"]
    with subprocess.Popen(
        [str(own.program), "up", *where], env=own.environment(), stderr=subprocess.DEVNULL
    ) as process:
        until(lambda: is_running(Home(own.home)))
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0

    until(lambda: not processes_of(own.home))


def test_what_a_failed_start_left_in_the_settings_can_be_mended(own: Platform) -> None:
    own.home.mkdir(parents=True)
    (own.home / "platform.json").write_text("not json")

    refused = own.run("up", "--detach", code=1)

    assert "platform.json" in refused.stderr
    up(own)
    assert json.loads((own.home / "platform.json").read_text())["http_port"] == own.port
