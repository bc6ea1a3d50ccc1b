"""The commands of the tutorial and of the README's tour are run, in order, each on a platform of
their own, by a reader who has nothing on PATH but the system's programs."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tools.answers import Visitor
from tools.console import agrees, read_console
from tools.own_platform import Platform, remove_folder, short_folder

ROOT = Path(__file__).resolve().parent.parent.parent
TUTORIAL = ROOT / "docs/tutorial/first-deployment.md"
README = ROOT / "README.md"
PORT = "8000"  # the port that the tutorial uses
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

pytestmark = pytest.mark.e2e


class Reader:
    """Somebody who types the commands of a page into a shell, at the top of a clone."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.platform = platform
        self._folder = folder
        self._environment = {**platform.environment(), "PATH": PATH}

    def type_in(self, command: str) -> tuple[int, str]:
        """Run one command; its exit code and what it printed."""
        words = shlex.split(command, comments=True)
        if words[0] == "curl":
            address = urlsplit(words[1])
            return 0, Visitor(f"{address.scheme}://{address.netloc}").ask(address.path).text
        if words[0] == ".":
            self._environment["PATH"] = self._run(["sh", "-c", f'{command} && echo "$PATH"'])[1]
            return 0, ""
        if words[0].startswith("script/"):
            return 0, ""  # that is how this test came to run
        return self._run(words)

    def _run(self, words: list[str]) -> tuple[int, str]:
        program = shutil.which(words[0], path=self._environment["PATH"])
        assert program is not None, f"{words[0]}: command not found"
        done = subprocess.run(
            [program, *words[1:]],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout.strip("\n")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """At a clone, with a platform that is not started yet."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    platform = Platform.prepare(home=short_folder())
    (tmp_path / ".venv").symlink_to(platform.program.parent.parent)
    yield Reader(tmp_path, platform)
    left = platform.stop()
    remove_folder(platform.home)
    assert not left, f"left running by the page: {left}"


def follow(reader: Reader, text: str) -> None:
    """Type everything in, and compare what is printed with the page."""
    for shown in read_console(text):
        code, printed = reader.type_in(shown.command)
        assert code == 0, f"$ {shown.command}\nended with {code}\n{printed}"
        assert agrees(shown.output, printed), f"$ {shown.command}\nprinted\n{printed}"


def test_the_tutorial_can_be_followed_word_for_word(reader: Reader) -> None:
    follow(reader, TUTORIAL.read_text().replace(PORT, str(reader.platform.port)))


def test_the_tour_of_the_readme_can_be_followed_word_for_word(reader: Reader) -> None:
    # The reader's first deployment would take port 80 or 8000.
    reader.platform.start()
    follow(reader, README.read_text())
