"""The tutorial's own commands are run, in order, on a platform of their own."""

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
PAGE = ROOT / "docs/tutorial/first-deployment.md"
PORT = "8000"  # the port that the page uses

pytestmark = pytest.mark.e2e


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, Platform]]:
    """A folder with a copy of the examples to type in, and a platform that is not started yet."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    platform = Platform.prepare(home=short_folder())
    yield tmp_path, platform
    left = platform.stop()
    remove_folder(platform.home)
    assert not left, f"left running by the tutorial: {left}"


def type_in(command: str, folder: Path, platform: Platform) -> tuple[int, str]:
    """Run one command of the page as its reader would; its exit code and what it printed."""
    words = shlex.split(command)
    if words[0] == "curl":
        address = urlsplit(words[1])
        return 0, Visitor(f"{address.scheme}://{address.netloc}").ask(address.path).text
    if words[0] == "nuages":
        words[0] = str(platform.program)
    done = subprocess.run(
        words,
        cwd=folder,
        env=platform.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_tutorial_can_be_followed_word_for_word(place: tuple[Path, Platform]) -> None:
    folder, platform = place
    for shown in read_console(PAGE.read_text().replace(PORT, str(platform.port))):
        code, printed = type_in(shown.command, folder, platform)
        assert code == 0, f"$ {shown.command}\nended with {code}\n{printed}"
        assert agrees(shown.output, printed), f"$ {shown.command}\nprinted\n{printed}"
