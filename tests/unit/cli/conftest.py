"""A platform's socket with a small API behind it, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nuages.cli.main import run
from tests.unit.cli.fake_api import FakeApi


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        return json.loads(self.err)


Nuages = Callable[..., Ended]


@pytest.fixture
def home(short_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory that commands find by NUAGES_HOME."""
    monkeypatch.setenv("NUAGES_HOME", str(short_tmp))
    return short_tmp


@pytest.fixture
def api(home: Path) -> Iterator[FakeApi]:
    """The API of a platform in `home`."""
    with FakeApi(home / "run/control.sock") as fake:
        yield fake


@pytest.fixture
def nuages(capfdbinary: pytest.CaptureFixture[bytes]) -> Nuages:
    """Runs a command line and returns how it ended."""

    def run_command(*arguments: str) -> Ended:
        code = run(arguments)
        out, err = capfdbinary.readouterr()
        return Ended(code, out.decode(errors="replace"), err.decode(errors="replace"))

    return run_command
