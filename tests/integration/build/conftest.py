"""Images made by `nuages build`, on homes of their own, and an engine to run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.dockerd import Docker, running_docker
from tools.own_platform import processes_of, remove_folder, short_folder

EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True, slots=True)
class Builder:
    """`nuages` on a home of its own, where no platform runs; `project` is a copy of an example."""

    home: Path
    project: Path

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        """`nuages build PROJECT ARGUMENTS`; what it printed on both streams."""
        done = self._run(("build", str(self.project), *arguments), variables)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def build(self, *arguments: str, **variables: str) -> dict[str, Any]:
        """What it prints with --json."""
        done = self._run(("build", str(self.project), *arguments, "--json"), variables)
        assert done.returncode == 0, done.stderr
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    def images(self) -> list[dict[str, Any]]:
        """What `nuages images --json` prints."""
        rows: list[dict[str, Any]] = json.loads(self._run(("images", "--json"), {}).stdout)
        return rows

    def _run(
        self, arguments: tuple[str, ...], variables: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        env = {name: text for name, text in os.environ.items() if not name.startswith("NUAGES_")}
        env.pop("SOURCE_DATE_EPOCH", None)
        return subprocess.run(
            [Path(sys.executable).with_name("nuages"), *arguments],
            env={**env, "NUAGES_HOME": str(self.home), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )


def make_builder(folder: Path) -> Builder:
    """One in `folder`, with a copy of the polls example."""
    project = folder / "polls"
    shutil.copytree(EXAMPLES / "polls", project)
    return Builder(folder / "home", project)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder with a short path."""
    folder = short_folder()
    yield folder
    assert processes_of(folder) == {}
    remove_folder(folder)


@pytest.fixture(scope="module")
def builder(place: Path) -> Builder:
    """One that has built its project once."""
    made = make_builder(place / "one")
    made.build()
    return made


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    """An engine of our own."""
    folder = short_folder("nd-")
    with running_docker(folder) as engine:
        yield engine
    remove_folder(folder)
