"""Reads the console blocks of a page and compares them with what commands print."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a console block and the output shown below it."""

    command: str
    output: tuple[str, ...]


def read_console(text: str) -> list[Shown]:
    """The commands of all console blocks: lines after `$ `, with what stands below each."""
    shown: list[Shown] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.splitlines()
            shown.append(Shown(command, tuple(output)))
    return shown


def agrees(output: tuple[str, ...], printed: str) -> bool:
    """Whether the shown lines come in this order; `...` stands for anything, also lines."""
    parts = [re.escape(part) for part in "\n".join(output).split("...")]
    return re.search(".*".join(parts), printed, re.DOTALL) is not None
