"""A platform on a home of its own, driven by its command line: for the demo and for tests.

Nothing of it survives `stop`: every process that still names the home is found and reported.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEPLOY_SECONDS = 600.0
STOP_SECONDS = 30.0
# Other people's programs that a platform runs on its home.
_PROGRAMS = frozenset(("bwrap", "caddy", "pasta", "uv"))
_PACKAGES = frozenset(("nuages", "nuages_runtime"))


class CommandFailedError(Exception):
    """A command ended with another exit code than 0; the message holds all that it printed."""


def free_port() -> int:
    """A loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def short_folder(prefix: str = "nu-") -> Path:
    """A new folder with a short path: names of unix sockets end at 107 bytes."""
    parent = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent if len(parent) < 40 else "/tmp"))  # noqa: S108


@dataclass(frozen=True, slots=True)
class Platform:
    """Where a platform keeps its state and answers, and the program that drives it."""

    home: Path
    port: int
    program: Path

    @classmethod
    def prepare(cls, home: Path | None = None, port: int | None = None) -> Platform:
        """Choose a home and a port; nothing is started. The program is the one beside us."""
        program = Path(sys.executable).with_name("nuages")
        return cls(home or short_folder(), port or free_port(), program)

    def run(
        self, *arguments: str, code: int = 0, seconds: float = DEPLOY_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """`nuages ARGUMENTS` on this home; CommandFailedError where it does not end with `code`."""
        done = subprocess.run(
            [str(self.program), *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode != code:
            raise CommandFailedError(
                f"nuages {' '.join(arguments)} ended with {done.returncode}\n"
                f"{done.stdout}{done.stderr}"
            )
        return done

    def read(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def environment(self) -> dict[str, str]:
        """Ours, with this home, and nothing that would make output differ by terminal."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("NUAGES_")}
        own = {"NUAGES_HOME": str(self.home), "NUAGES_HTTP_ADDRESS": "127.0.0.1"}
        return {**kept, **own, "NO_COLOR": "1", "COLUMNS": "100"}

    def start(self) -> None:
        """`nuages up --detach`; returns when the platform is healthy."""
        self.run(
            "up", "--home", str(self.home), "--http-port", str(self.port), "--detach", seconds=120
        )

    def address(self, label: str) -> str:
        """Where an app answers, e.g. `http://polls.localhost:8000`."""
        return f"http://{label}.localhost:{self.port}"

    def stop(self) -> list[str]:
        """`nuages down --apps`; what was still running afterwards and had to be killed."""
        if not self.home.exists():
            return []
        try:
            self.run("down", "--home", str(self.home), "--apps", seconds=120)
            said = ""
        except (CommandFailedError, subprocess.TimeoutExpired) as error:
            said = str(error)
        deadline = time.monotonic() + STOP_SECONDS
        while (pids := processes_of(self.home)) and time.monotonic() < deadline and not said:
            time.sleep(0.05)  # `down` has returned; what it told to stop may take a moment
        for pid in pids:
            kill(pid)
        return [text for text in [said] if pids and text] + [
            f"process {pid}: {text}" for pid, text in pids.items()
        ]

    def remove(self) -> None:
        """Delete the home, also folders in it that nobody may write."""
        remove_folder(self.home)


def processes_of(home: Path) -> dict[int, str]:
    """The platform's own programs and apps that work on this home: pid to command line.

    Facts from proc(5). An editor or a shell that names the home is none of them, nor are our own
    process and its parents.
    """
    found: dict[int, str] = {}
    kin = _kin()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in kin:
            continue
        try:
            words = _words(entry / "cmdline")
            surroundings = _words(entry / "environ")
        except OSError:
            continue
        if works_on(home, words, surroundings):
            found[int(entry.name)] = " ".join(words)[:200]
    return found


def works_on(home: Path, words: list[str], surroundings: list[str]) -> bool:
    """Whether a process is one of ours on this home, by its arguments and its environment."""
    if not words:
        return False
    inside = f"{home}/"
    if words[0].startswith(inside):
        return True
    named = any(word == str(home) or word.startswith(inside) for word in words)
    program = Path(words[0]).name
    if program.startswith("python"):
        # `python -m nuages.agent HOME`, or `python .venv/bin/nuages`, which may know the home
        # from its environment.
        ours = words[1:2] == ["-m"] and words[2:] != [] and words[2].partition(".")[0] in _PACKAGES
        ours = ours or [Path(word).name for word in words[1:2]] == ["nuages"]
        return ours and (named or f"NUAGES_HOME={home}" in surroundings)
    return named and program in _PROGRAMS


def kill(pid: int) -> None:
    """End one process; gone already is fine."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def remove_folder(path: Path) -> None:
    """Delete a tree; folders without the write bit are given it first."""

    def open_up(_function: object, name: str, _error: object) -> None:
        for folder in (Path(name).parent, Path(name)):
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(stat.S_IRWXU)
        if Path(name).is_dir() and not Path(name).is_symlink():
            shutil.rmtree(name)
        else:
            Path(name).unlink(missing_ok=True)

    if path.exists():
        shutil.rmtree(path, onerror=open_up)


def _words(path: Path) -> list[str]:
    return path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")


def _kin() -> set[int]:
    kin, pid = set(), os.getpid()
    while pid > 1:
        kin.add(pid)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pid = int(fields[1])
    return kin
