"""Standard streams that are closed, full, read by nobody, or given what is no UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.cli.fake_api import FakeApi, Reply
from tests.unit.cli.test_deploy import DONE, END, EVENTS, URL

NUAGES = [sys.executable, "-m", "nuages.cli.main"]
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def gone() -> Iterator[int]:
    """The writing end of a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.fixture
def full() -> Iterator[int]:
    """A file on a full disk."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


def run(*arguments: str, **streams: int) -> subprocess.CompletedProcess[bytes]:
    """A command line in a process of its own; its output is captured where `streams` says no
    other place."""
    places = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    env = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:strict"}
    return subprocess.run([*NUAGES, *arguments], env=env, check=False, **places)  # type: ignore[call-overload]


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """A command line as a shell starts it, with its redirections."""
    return subprocess.run(
        ["sh", "-c", f'"$0" -m nuages.cli.main {line}', sys.executable],
        capture_output=True,
        check=False,
    )


def test_a_deployment_is_seen_through_though_nobody_reads_its_steps(
    api: FakeApi, tmp_path: Path, gone: int
) -> None:
    api.on("GET /api/status", {"healthy": True})
    api.on("POST /api/deployments", Reply({**DONE, "status": "waiting"}, 202))
    api.on("GET /api/deployments/7/events", Reply(lines=[*EVENTS, END]))

    done = run("deploy", str(tmp_path), stderr=gone)

    assert (done.returncode, done.stdout.decode()) == (0, f"{URL}\n")


def test_an_error_that_nobody_reads_keeps_its_exit_code(home: Path, gone: int, full: int) -> None:
    assert run("apps", stderr=gone).returncode == 6
    assert run("apps", stderr=full).returncode == 6


def test_a_reader_of_the_output_that_has_gone_is_exit_code_141(api: FakeApi, gone: int) -> None:
    api.on("GET /api/apps", [{"name": "polls"}])

    done = run("apps", "--json", stdout=gone)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_log_that_is_followed_ends_with_its_reader(api: FakeApi) -> None:
    over = threading.Event()

    def lines() -> Iterator[object]:
        yield {"time": None, "process": "web", "instance": 1, "line": "hello"}
        over.wait(60)

    api.on("GET /api/apps/polls/logs", Reply(lines=lines()))
    try:
        with subprocess.Popen([*NUAGES, "logs", "polls", "-f"], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"web.1 | hello\n"
            process.stdout.close()
            assert process.wait(30) == 141
    finally:
        over.set()


def test_output_on_a_full_disk_is_an_error_and_no_bug(full: int) -> None:
    done = run("explain", "cli.E001", stdout=full)

    assert done.returncode == 1
    assert b"Standard output: No space left on device" in done.stderr
    assert b"cli.E022" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_error(closed: str) -> None:
    done = shell(f"explain cli.E001 {closed}")

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_standard_input_is_an_empty_one(api: FakeApi) -> None:
    done = shell("config polls set KEY <&-")

    assert b"standard input is empty" in done.stderr
    assert done.returncode == 2


def test_a_file_name_that_is_no_utf8_is_shown(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py")).touch()

    shown = run("check", str(tmp_path))
    data = run("check", str(tmp_path), "--json")

    assert (shown.returncode, data.returncode) == (3, 3)
    assert "caf\\udce9.py" in shown.stdout.decode()
    assert "caf\ufffd.py" in json.loads(data.stdout)["findings"][0]["message"]
