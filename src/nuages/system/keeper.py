"""A parent that waits for its children as a small program, and becomes its old self to fork.

A program that has loaded much and forked its children calls `become_keeper`: it is replaced by
this file, which has the same pid, the same children and the same descriptors, and few pages. When
a child has ended and is due again, it becomes the program again. It imports nothing but what
Python itself has loaded, and runs as a script:
`python -I -S keeper.py SOCKET PROGRAM ARGUMENTS… -- CHILDREN…`.
"""

from __future__ import annotations

import os
import signal
import sys
import time

# As typing has it, which Python has not loaded.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
# A child that lived this long, in seconds, is started again without a pause.
STEADY = 10.0
PAUSE_FIRST, PAUSE_MOST = 0.05, 30.0
# Between SIGTERM and SIGKILL.
GRACE = 8.0


class Child:
    """A process to keep: its pid (0 while there is none), since when it runs, the pause before
    the next start, and when that is due. Times are those of time.monotonic, which go on over an
    exec."""

    __slots__ = ("began", "due", "name", "pause", "pid")

    def __init__(
        self,
        name: str,
        pid: int = 0,
        began: float = 0.0,
        pause: float = PAUSE_FIRST,
        due: float = 0.0,
    ) -> None:
        self.name, self.pid, self.began, self.pause, self.due = name, pid, began, pause, due

    def __str__(self) -> str:
        """As an argument of the program that comes next; `parse_child` reads it."""
        return f"{self.name}:{self.pid}:{self.began}:{self.pause}:{self.due}"

    def is_due(self) -> bool:
        """Whether it is to be started now."""
        return not self.pid and self.due <= time.monotonic()


def parse_child(text: str) -> Child:
    """The child that `str` wrote. Raises ValueError."""
    name, pid, began, pause, due = text.split(":")
    return Child(name, int(pid), float(began), float(pause), float(due))


def become_keeper(
    address: str,
    program: tuple[str, ...],
    descriptors: tuple[int, ...],
    children: tuple[Child, ...],
) -> NoReturn:
    """Be replaced by the keeper of these children, for which `program` comes back, with the
    children as further arguments, when one is due. The caller has SIGNALS blocked.

    `descriptors` stay open; the socket at `address` is removed when all has ended on a signal.
    Raises OSError.
    """
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)
    sys.stderr.flush()
    # Neither the environment's paths nor site-packages: it needs none of them.
    python = (sys.executable, "-I", "-S", __file__, address)
    os.execv(sys.executable, (*python, *program, "--", *map(str, children)))  # noqa: S606 a vector


def keep(children: list[Child]) -> bool:
    """Wait; True when a child is due, False when all have ended after a signal to stop. The
    caller has SIGNALS blocked."""
    deadline: float | None = None
    while True:
        _reap(children)
        if deadline is None:
            if any(child.is_due() for child in children):
                return True
        elif not any(child.pid for child in children):
            return False
        elif time.monotonic() >= deadline:
            _signal(children, signal.SIGKILL)
        got = signal.sigtimedwait(SIGNALS, _patience(children, deadline))
        if got is not None and got.si_signo != signal.SIGCHLD and deadline is None:
            deadline = time.monotonic() + GRACE
            _signal(children, signal.SIGTERM)


def _patience(children: list[Child], deadline: float | None) -> float:
    """Seconds until something is due without a signal."""
    now = time.monotonic()
    if deadline is not None:
        return max(0.05, deadline - now)
    waits = [child.due - now for child in children if not child.pid]
    return max(0.0, min(waits, default=3600.0))


def _reap(children: list[Child]) -> None:
    for child in children:
        pid, status = os.waitpid(child.pid, os.WNOHANG) if child.pid else (0, 0)
        if pid:
            _gone(child, os.waitstatus_to_exitcode(status))


def _gone(child: Child, code: int) -> None:
    now = time.monotonic()
    lived = now - child.began
    child.pause = PAUSE_FIRST if lived >= STEADY else min(child.pause * 2, PAUSE_MOST)
    child.pid = 0
    child.due = now + (0 if lived >= STEADY else child.pause)
    if code != 0:
        clock = time.strftime("%Y-%m-%d %H:%M:%S")
        sys.stderr.write(f"{clock} WARNING {child.name} ended with {code} after {lived:.0f} s\n")
        sys.stderr.flush()


def _signal(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        if child.pid:
            # It may have ended, but its number is its own until it is reaped.
            os.kill(child.pid, number)


def main(arguments: list[str]) -> int:
    """Keep the children; become the program that can start them when one is due. At the end the
    socket that the API listened on is removed."""
    address, *rest = arguments
    place = rest.index("--")
    program, children = rest[:place], [parse_child(text) for text in rest[place + 1 :]]
    if keep(children):
        os.execv(program[0], [*program, *map(str, children)])  # noqa: S606 an argument vector
    try:  # noqa: SIM105 contextlib is not loaded, and need not be
        os.unlink(address)  # noqa: PTH108 nor is pathlib
    except FileNotFoundError:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
