"""Tracebacks as users want them: the frames of their own code, and what was raised."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line \d+')
_HEAD = "Traceback (most recent call last):"
# Where the sandbox has the project, and where its packages are.
_OWN, _PACKAGES = "/app/", "/venv/"


def shorten(text: str) -> str:
    """`text` with every traceback in it cut down to the frames of files below /app; where
    there is none of those, to the last one in a package. Other lines stay as they are."""
    return "\n".join(_shortened(text.splitlines()))


def _shortened(lines: list[str]) -> Iterator[str]:
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.strip() != _HEAD:
            yield line
            continue
        indent = line[: len(line) - len(line.lstrip())]
        # What belongs to frames is indented; what was raised begins at the margin again.
        end = number
        while end < len(lines) and lines[end].startswith(indent + "  "):
            end += 1
        yield from _chosen(line, list(_frames(lines[number:end], indent)))
        number = end


def _frames(lines: list[str], indent: str) -> Iterator[tuple[str, list[str]]]:
    """Each frame's file (empty: what stands before the first one) and its lines."""
    file, frame = "", list[str]()
    for line in lines:
        match = _FRAME.match(line.removeprefix(indent))
        if match:
            if frame:
                yield file, frame
            file, frame = match["file"], []
        frame.append(line)
    if frame:
        yield file, frame


def _chosen(head: str, frames: list[tuple[str, list[str]]]) -> list[str]:
    own = [frame for file, frame in frames if file.startswith(_OWN)]
    others = [frame for file, frame in frames if file.startswith(_PACKAGES)]
    kept = own or others[-1:]
    return [head, *(line for frame in kept for line in frame)] if kept else []
