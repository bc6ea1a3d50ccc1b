"""The text of a requirements file becomes its lines, as pip reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"(?:^|\s)#.*$")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, with the number of their first part; `\\` continues one."""
    pending, start = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = _COMMENT.sub("", raw).strip()
        if not pending:
            start = number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        whole = (pending + line).strip()
        pending = ""
        if whole:
            yield start, whole
    if pending.strip():
        yield start, pending.strip()
