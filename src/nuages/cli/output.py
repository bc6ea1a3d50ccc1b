"""What commands print: JSON documents, tables, and lines for people.

Data goes to standard output, messages to standard error. Colours only on a terminal, and not
where NO_COLOR is set.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from nuages.cli.streams import tell, writing

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_NOTHING = "-"
# C0 and C1 control characters, less tabs and the escape sequences that only set colours.
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]")

_SURROGATE = re.compile("[\ud800-\udfff]")


def write(text: str) -> None:
    """A line of data, at once."""
    with writing():
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def say(text: str) -> None:
    """A line for a person, at once."""
    tell(sys.stderr, f"{text}\n")


def write_json(data: object) -> None:
    """One JSON document."""
    write(json_text(data, indent=2))


def json_text(data: object, indent: int | None = None) -> str:
    """A JSON document. Bytes of a file's name that are not UTF-8 have no place in one."""
    return _SURROGATE.sub("\ufffd", json.dumps(data, indent=indent, ensure_ascii=False))


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads along, on a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO) -> str:
    """`text` in bold, dim, red, green or yellow, where `stream` shows colours."""
    if not is_terminal(stream) or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def write_table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A table: `columns` maps each heading to the key of its values in `rows`.

    Values are shown as they are, lists with commas, what is missing as `-`.
    """
    body = [[shown(row.get(key)) for key in columns.values()] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(columns, *body, strict=True)]
    write(styled(_aligned(list(columns), widths), "bold", sys.stdout))
    for cells in body:
        write(_aligned(cells, widths))


def write_pairs(pairs: Sequence[tuple[str, object]]) -> None:
    """Names with their values, one pair a line."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        write(f"{name.ljust(width)}  {shown(value)}")


def shown(value: object) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value)) or _NOTHING
    return harmless(str(value).replace("\n", " "))


def harmless(text: str) -> str:
    """`text` without control characters: what a visitor made an app print must not drive the
    terminal of whoever reads its log. Colours and tabs stay.
    """
    return _CONTROL.sub("", text)


def moment(value: object) -> str:
    """A time (seconds since the epoch, or ISO 8601) in local time: `2026-03-01 14:02:11`."""
    seconds = epoch(value)
    if seconds is None:
        return shown(value)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def epoch(value: object) -> float | None:
    """Seconds since the epoch of a time in either form; None where it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        from datetime import UTC, datetime  # noqa: PLC0415 only tables with times need it

        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return None


def since(value: object, now: float | None = None) -> str:
    """How long ago a time was: `12 s`, `5 min`, `3 h`, `9 d`."""
    start = epoch(value)
    if start is None:
        return shown(value)
    seconds = max(0.0, (time.time() if now is None else now) - start)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(value: object) -> str:
    """Bytes as `47 MB`."""
    if not isinstance(value, (int, float)):
        return shown(value)
    return f"{value / 1024 / 1024:.0f} MB"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
