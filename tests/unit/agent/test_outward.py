"""The process that copies packets: watched, started again, ended with its sandbox."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.agent.loop import Loop
from nuages.agent.outward import Pasta, PastaSetup
from nuages.system.processes import Identity

# Finds its --pid FILE, and does what the second line says.
_HEAD = '#!/bin/sh\nwhile [ "$1" != --pid ]; do shift; done\n'
WORKS = 'echo $$ > "$2"\nexec sleep 60\n'
SAYS_NOTHING = ': > "$2"\nexec sleep 60\n'
FAILS = "exit 7\n"


def run(
    folder: Path, script: str, meanwhile: Callable[[Pasta, list[str], Loop], None]
) -> list[str]:
    """What is told of a pasta of a few lines; `meanwhile` is called after each word of it, and
    ends it by stopping the loop."""
    loop, told = Loop(), []
    program = folder / "pasta"
    program.write_text(_HEAD + script)
    program.chmod(0o755)

    def tell(error: str) -> None:
        told.append(error)
        meanwhile(pasta, told, loop)

    pasta = Pasta(PastaSetup(loop, str(program), folder, 0), os.getpid(), tell)
    pasta.start()
    loop.later(20, loop.stop)
    loop.run()
    assert list(folder.glob("pasta.*")) == []
    return told


def test_one_that_ends_is_started_again_while_its_sandbox_lives(tmp_path: Path) -> None:
    seen: list[Identity | None] = []

    def meanwhile(pasta: Pasta, told: list[str], loop: Loop) -> None:
        seen.append(pasta.process)
        if len(told) == 3:
            pasta.close()
            loop.stop()
        elif pasta.process is not None:
            os.kill(pasta.process.pid, signal.SIGKILL)

    assert run(tmp_path, WORKS, meanwhile) == ["", "pasta ended with 137", ""]
    assert seen[0] != seen[2]
    assert None not in (seen[0], seen[2])


@pytest.mark.parametrize(
    ("script", "why"), [(SAYS_NOTHING, "pasta has said nothing"), (FAILS, "pasta ended with 7")]
)
def test_one_that_does_not_work_is_told(tmp_path: Path, script: str, why: str) -> None:
    def meanwhile(pasta: Pasta, _told: list[str], loop: Loop) -> None:
        pasta.close()
        loop.stop()

    assert run(tmp_path, script, meanwhile) == [why]


def test_one_that_is_closed_ends_and_is_not_started_again(tmp_path: Path) -> None:
    processes: list[int] = []

    def meanwhile(pasta: Pasta, _told: list[str], loop: Loop) -> None:
        assert pasta.process is not None
        processes.append(os.pidfd_open(pasta.process.pid))
        pasta.close()
        loop.later(1.0, loop.stop)

    assert run(tmp_path, WORKS, meanwhile) == [""]
    assert select.select(processes, [], [], 10)[0] == processes
    os.close(processes[0])
