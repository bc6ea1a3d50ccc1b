"""How the kernel treats a process among the others: its niceness and the slack of its timers."""

from __future__ import annotations

import contextlib
import ctypes
import os

_PR_SET_TIMERSLACK = 29
_NANOSECONDS = 1_000_000_000
_libc = ctypes.CDLL(None)


def set_scheduling(nice: int, timer_slack: float) -> None:
    """Treat this process, and the programs that it starts or becomes, so from now on.

    `nice` is added to what it has; to ask for less than that is root's, and who may not keeps
    what they have. `timer_slack` is in seconds, 0 leaves the default (prctl(2), PR_SET_TIMERSLACK:
    a program keeps it over execve).
    """
    if nice:
        with contextlib.suppress(PermissionError):
            os.nice(nice)
    if timer_slack:
        slack = ctypes.c_ulong(round(timer_slack * _NANOSECONDS))
        _libc.prctl(_PR_SET_TIMERSLACK, slack, 0, 0, 0)
