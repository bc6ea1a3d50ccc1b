"""What every part of the agent works with: the loop, the state directory, limits, network."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nuages.agent.logs import LogKeeper
from nuages.agent.loop import Loop
from nuages.agent.records import Records
from nuages.core.home import Home
from nuages.system.cgroups import Groups

if TYPE_CHECKING:  # it uses the delays below
    from nuages.agent.outward import Outward


@dataclass(frozen=True, slots=True)
class Host:
    """The surroundings of instances, services and one-offs on this machine."""

    loop: Loop
    home: Home
    records: Records
    logs: LogKeeper
    groups: Groups
    outward: Outward


FIRST_DELAY = 0.5
LONGEST_DELAY = 60.0
# A program that has run this long starts afresh with the shortest delay.
STEADY_SECONDS = 60.0


def next_delay(attempts: int) -> float:
    """Seconds before the next start, after so many ends in a row: 0.5, 1, 2, … 60."""
    return min(FIRST_DELAY * 2.0 ** min(attempts, 10), LONGEST_DELAY)


def describe_exit(code: int | None, *, out_of_memory: bool = False, limit: int = 0) -> str:
    """How a program ended, in words: for `ps` and for errors."""
    if out_of_memory:
        return f"ran out of memory (its limit is {limit // (1024 * 1024)} MB)"
    if code is None:
        return "ended while the agent was away"
    if code > 128:
        return f"was ended by {_signal_name(code - 128)}"
    return f"ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
