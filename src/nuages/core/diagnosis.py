"""Why something of the project's failed: a declared cause, found in what was printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """A line that shows the cause. `number` counts from 1 in the text that was looked at; 0 is
    the error's own message."""

    number: int
    line: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause that was found. `code` is that of the declared cause (`nuages explain` tells more),
    `title` says it with the values of this case, `fix` is the command or the line to write.

    `file` (POSIX, below the source) and `line` are where the project's code was last at work;
    empty and 0 where that cannot be seen.
    """

    code: str
    title: str
    why: str
    fix: str
    proofs: tuple[Proof, ...] = ()
    file: str = ""
    line: int = 0
