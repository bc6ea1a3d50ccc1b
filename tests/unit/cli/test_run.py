"""run and shell: output, input and exit code go through."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from tests.unit.cli.conftest import Nuages
from tests.unit.cli.fake_api import Asked, FakeApi, Reply


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of our standard input."""
    reader, writer = os.pipe()
    with open(reader) as stream:  # noqa: PTH123 a descriptor has no path
        monkeypatch.setattr("sys.stdin", stream)
        yield writer


@pytest.fixture
def ready(api: FakeApi) -> FakeApi:
    """A platform on which run 7 prints a line and ends with 3."""
    api.on("POST /api/apps/polls/runs", Reply({"id": "7"}, 201))
    api.on("GET /api/runs/7/output", Reply(raw=b"\xff one line\n"))
    api.on("GET /api/runs/7", {"id": "7", "exit_code": 3})
    api.on("POST /api/runs/7/input", Reply(status=204))
    return api


def test_the_exit_code_of_the_command_is_ours(nuages: Nuages, ready: FakeApi, stdin: int) -> None:
    os.close(stdin)

    assert nuages("run", "polls", "--", "python", "manage.py", "check").code == 3
    assert ready.bodies("POST /api/apps/polls/runs") == [{"argv": ["python", "manage.py", "check"]}]


def test_output_goes_through_byte_by_byte(
    ready: FakeApi, stdin: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    from nuages.cli.main import run

    os.close(stdin)
    run(["run", "polls", "--", "true"])

    assert capfdbinary.readouterr().out == b"\xff one line\n"


def test_standard_input_is_handed_on_and_closed(nuages: Nuages, ready: FakeApi, stdin: int) -> None:
    closed = threading.Event()

    def take(asked: Asked) -> Reply:
        if not asked.body:
            closed.set()
        return Reply(status=204)

    def after_input(_: Asked) -> Reply:
        closed.wait(10)
        return Reply(raw=b"done")

    ready.on("POST /api/runs/7/input", take)
    ready.on("GET /api/runs/7/output", after_input)
    os.write(stdin, b"a question")
    os.close(stdin)

    nuages("run", "polls", "--", "cat")

    sent = [one.body for one in ready.asked if one.path.endswith("/input")]
    assert sent == [b"a question", b""]


@pytest.mark.parametrize("between", [[], ["--"]], ids=["without", "with"])
def test_a_separator_of_the_command_is_its_own(
    nuages: Nuages, ready: FakeApi, stdin: int, between: list[str]
) -> None:
    os.close(stdin)

    nuages("run", "polls", *between, "grep", "-r", "x", "--", "y")

    assert ready.bodies("POST /api/apps/polls/runs") == [{"argv": ["grep", "-r", "x", "--", "y"]}]


@pytest.mark.parametrize(
    "words",
    [
        ["polls", "--", "python", "-c", "1", "--home", "x"],
        ["polls", "python", "-c", "1", "--home", "x"],
    ],
)
def test_options_of_the_command_are_not_ours(
    nuages: Nuages, ready: FakeApi, stdin: int, words: list[str]
) -> None:
    os.close(stdin)

    nuages("run", *words)

    assert ready.bodies("POST /api/apps/polls/runs") == [
        {"argv": ["python", "-c", "1", "--home", "x"]}
    ]


def test_shell_is_django_s_unless_another_command_is_named(
    nuages: Nuages, ready: FakeApi, stdin: int
) -> None:
    os.close(stdin)

    nuages("shell", "polls")
    nuages("shell", "polls", "--", "bash")

    assert ready.bodies("POST /api/apps/polls/runs") == [
        {"argv": ["python", "-m", "nuages_runtime.manage", "shell"]},
        {"argv": ["bash"]},
    ]


def test_a_platform_that_goes_away_meanwhile_is_exit_code_6(
    nuages: Nuages, ready: FakeApi, stdin: int
) -> None:
    os.close(stdin)
    ready.on("GET /api/runs/7/output", Reply(raw=b"half", cut=True))

    assert nuages("run", "polls", "--", "true").code == 6


def test_run_without_a_command_is_wrong_usage(nuages: Nuages, ready: FakeApi) -> None:
    assert nuages("run", "polls").code == 2
    assert ready.asked == []
