"""The only door to other programs: a command is a value, a runner performs it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Command:
    """An argument vector with its environment; never a shell string.

    `env` is the whole environment (None: inherit ours); `timeout` is in seconds.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    stdin: bytes = b""
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended: its exit code (128 + signal where one ended it) and its output."""

    code: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """Performs commands, or only writes them down."""

    def run(self, command: Command) -> Completed:
        """Run to the end. FileNotFoundError when the program is missing, TimeoutError late."""


class LocalRunner:
    """Runs commands on this machine, each in a session of its own."""

    def run(self, command: Command) -> Completed:
        """Run `command`; on a timeout its whole process group is killed."""
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=None if command.env is None else dict(command.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(command.stdin, timeout=command.timeout)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{command.argv[0]} took over {command.timeout} s") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        return Completed(code, out.decode(errors="replace"), err.decode(errors="replace"))


@dataclass(slots=True)
class RecordingRunner:
    """Writes commands down and answers with what it was given: for tests and `--dry-run`."""

    answers: dict[tuple[str, ...], Completed] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> Completed:
        """Remember `command`; success without output where no answer was prepared."""
        self.commands.append(command)
        return self.answers.get(command.argv, Completed(0, "", ""))
