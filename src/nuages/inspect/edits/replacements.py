"""A change of a file as SARIF has it: regions of the text before, and what comes in their place.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ §3.57. Lines and columns count from 1, columns in
code points; the end of a region is the column after its last character.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from nuages.inspect.edits.changes import Change

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_LONE_RETURN = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` in the place of a region, which may be empty."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def replacements_of(change: Change) -> tuple[Replacement, ...]:
    """The replacements that make the change, from the last to the first, so that none moves
    another's region. None for a file that is made anew, or whose lines others may count in another
    way: one that is not UTF-8, or has carriage returns of their own."""
    if change.before is None:
        return ()
    try:
        before, after = (text.decode("utf-8-sig") for text in (change.before, change.after))
    except UnicodeDecodeError:
        return ()
    if _LONE_RETURN.search(before):
        return ()
    old, new = _LINES.findall(before), _LINES.findall(after)
    opcodes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        _replacement(old, (first, last), "".join(new[start:end]))
        for tag, first, last, start, end in reversed(opcodes)
        if tag != "equal"
    )


def _replacement(lines: list[str], span: tuple[int, int], text: str) -> Replacement:
    """Of the lines from the first to before the last of `span`; at the end of a file from behind
    the line before to the last one's own end, since there is no line after it."""
    first, last = span
    if last < len(lines) or not lines:
        return Replacement((first + 1, 1), (last + 1, 1), text)
    start = (1, 1)
    if first:
        start, text = (first, _length(lines[first - 1]) + 1), _ending(lines[first - 1]) + text
    ending = _ending(lines[-1])
    if not text.endswith(ending):
        return Replacement(start, (last + 1, 1), text)
    return Replacement(start, (last, _length(lines[-1]) + 1), text.removesuffix(ending))


def _length(line: str) -> int:
    return len(line) - len(_ending(line))


def _ending(line: str) -> str:
    return next((end for end in ("\r\n", "\n") if line.endswith(end)), "")
