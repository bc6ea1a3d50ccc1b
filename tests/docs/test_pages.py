"""What the documents say of links, commands, scripts and files is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nuages.cli.tree import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/README.md")]
)
IDS = [path.relative_to(ROOT).as_posix() for path in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_in_console_blocks_exist(page: Path) -> None:
    for line in console_lines(page.read_text()):
        words = shlex.split(line, comments=True)
        if words[0] == "nuages":
            assert words[1] in COMMANDS, line
        if words[0].startswith("script/"):
            assert (ROOT / words[0]).is_file(), line


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_named_in_sentences_exist(page: Path) -> None:
    for name in re.findall(r"`nuages ([a-z]+)", page.read_text()):
        assert name in COMMANDS, name


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_options_named_with_a_command_exist(page: Path) -> None:
    from nuages.cli.tree import load_command

    for line in console_lines(page.read_text()):
        words = shlex.split(line.partition(" -- ")[0], comments=True)
        if words[0] != "nuages":
            continue
        known = {option for each in load_command(words[1]).params for option in each.opts}
        for word in words[2:]:
            # A hyphen alone is standard input.
            if word.startswith("-") and word != "-":
                assert word.partition("=")[0] in known | {"--help"}, line


def console_lines(text: str) -> list[str]:
    """The commands of a page's console blocks, for users and for root."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [found for block in blocks for found in re.findall(r"^[$#] (.+)", block, re.MULTILINE)]
