"""What installations work with: where they lie, how programs run, and how they run in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from nuages.build.pythons import uv_environment
from nuages.core.home import Home
from nuages.core.image import Placed
from nuages.system.command import Command, Completed, Runner


@dataclass(frozen=True, slots=True)
class InstallCommand:
    """A program to run in the sandbox of an app whose code is the source.

    `exchange` is /run/nuages there, which it may write; `venv` is /venv, which it may not;
    `python` the interpreter's folder; `folder` the current one, below the source.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    exchange: Path
    venv: Path
    python: Placed | None
    folder: str


# Performs such a command; gives back the exit code and what was printed.
Sandboxed = Callable[[InstallCommand], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Means:
    """The home with the store and the caches, and what runs programs outside and inside."""

    home: Home
    runner: Runner
    sandboxed: Sandboxed

    @property
    def uv(self) -> str:
        """The uv program: the wheel brings it."""
        return find_uv_bin()

    def run_uv(self, *words: str, cwd: Path | None = None) -> Completed:
        """Run uv outside of the sandbox, with the cache that all apps share."""
        env = uv_environment(self.home.cache / "uv")
        return self.runner.run(Command((self.uv, *words), cwd, env))
