"""What a started program inherits, and where a failure before it is said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nuages.system.spawn import Spawn, spawn

OPEN = "import os\nprint(*sorted(n for n in map(int, os.listdir('/proc/self/fd')) if n < 64))"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def run(what: Spawn) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(spawn(what), 0)[1])


def streams(output: Path) -> dict[int, int]:
    null = os.open(os.devnull, os.O_RDONLY)
    written = os.open(output, os.O_WRONLY | os.O_CREAT)
    return {0: null, 1: written, 2: written}


def test_a_program_has_no_descriptor_that_was_not_meant_for_it(output: Path) -> None:
    numbers = streams(output)
    strays = [os.dup(numbers[0]) for _ in range(4)]
    for stray in strays:
        os.set_inheritable(stray, True)
    # One far behind the others: what lies in between is not meant for it either.
    spec = Spawn((sys.executable, "-c", OPEN), {}, {**numbers, 40: numbers[0]})
    assert run(spec) == 0
    for descriptor in {*numbers.values(), *strays}:
        os.close(descriptor)
    # The listing itself has one open.
    seen = set(map(int, output.read_text().split()))
    assert {0, 1, 2, 40} <= seen
    assert len(seen) <= 5


def test_a_failure_before_the_program_is_said_where_its_errors_go(output: Path) -> None:
    def prepare() -> None:
        raise OSError("the group is full")

    numbers = streams(output)
    assert run(Spawn((sys.executable, "-c", ""), {}, numbers, prepare)) == 127
    for descriptor in set(numbers.values()):
        os.close(descriptor)
    assert "the group is full" in output.read_text()
