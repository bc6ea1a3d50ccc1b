"""A log, in which failures and other things stand one after the other, becomes its causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nuages.core.diagnosis import Diagnosis
from nuages.diagnose.context import Context
from nuages.diagnose.diagnose import diagnose
from nuages.diagnose.output import chain_starts

MOST = 5


def diagnose_log(lines: Sequence[str], context: Context) -> tuple[Diagnosis, ...]:
    """The causes that the lines of one process show, the latest first, each once; at most five.
    Their proofs are numbered from the first line on."""
    found: dict[tuple[str, str], Diagnosis] = {}
    for first, part in reversed(list(_parts(lines))):
        for cause in diagnose("", "\n".join(part), context):
            shifted = (replace(proof, number=proof.number + first) for proof in cause.proofs)
            found.setdefault((cause.code, cause.title), replace(cause, proofs=tuple(shifted)))
    return tuple(found.values())[:MOST]


def _parts(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Pieces with one chain of exceptions each, and the index of their first line."""
    starts = [0, *(start for start in chain_starts(lines) if start)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield start, lines[start:end]
