"""Starts a process that outlives us: exact descriptors, a session and control groups of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Above every number that a started program is promised.
_FIRST_SPARE = 64
_FAILED = 127
_READY_SECONDS = 60.0
# A few for each instance and one for each connection.
_MANY_DESCRIPTORS = 65536
_limits_before: list[tuple[int, int]] = []


@dataclass(frozen=True, slots=True)
class Spawn:
    """What to start: `descriptors` maps numbers in the new process to ours (0, 1 and 2 must be
    among them); `prepare` runs in the new process before the program, for control groups."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    descriptors: Mapping[int, int]
    prepare: Callable[[], None] | None = field(default=None, compare=False)


def allow_many_descriptors() -> None:
    """Let this process have as many open descriptors as it may; what it starts gets the limit of
    before, because there are programs that go through all numbers that they could have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MANY_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MANY_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        _limits_before.append((soft, hard))


def spawn(what: Spawn) -> int:
    """Start it and return its process id. A program that is missing makes the process end with
    127 and a line on its standard error. Only for single-threaded callers: it forks."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        _become(what)
    except BaseException as error:
        os.write(2, f"{what.argv[0]}: {error}\n".encode(errors="replace"))
    os._exit(_FAILED)


def _become(what: Spawn) -> None:
    os.setsid()
    # All sources first move out of the way: a target may be another one's source.
    spare = {
        target: fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, _FIRST_SPARE)
        for target, source in what.descriptors.items()
    }
    for target, source in spare.items():
        os.dup2(source, target, inheritable=True)
    # From here on, what goes wrong is said where the program would say it.
    if what.prepare is not None:
        what.prepare()
    for number in set(range(_FIRST_SPARE)) - set(spare):
        _close(number)
    if _limits_before:
        resource.setrlimit(resource.RLIMIT_NOFILE, _limits_before[0])
    signal.set_wakeup_fd(-1)
    # Python ignores these two, and what is ignored stays so in the program that follows.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execve(what.argv[0], what.argv, dict(what.env))  # noqa: S606 an argument vector


def _close(number: int) -> None:
    with contextlib.suppress(OSError):
        os.close(number)


def detach(argv: tuple[str, ...], env: Mapping[str, str], log: Path) -> bool:
    """Start a program that has nothing to do with us any more; it gets the number of a
    descriptor as its last argument. True when it has written there that it is ready, False when
    it has ended before or takes over a minute. May be called from any thread."""
    reader, writer = os.pipe()
    with log.open("ab") as output:
        # setsid --fork: not our child, so nobody here has to reap it.
        subprocess.run(
            ("setsid", "--fork", *argv, str(writer)),  # noqa: S607 of util-linux, wherever it is
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writer,),
            check=True,
        )
    os.close(writer)
    try:
        ready = select.poll()
        ready.register(reader)
        return bool(ready.poll(_READY_SECONDS * 1000)) and bool(os.read(reader, 1))
    finally:
        os.close(reader)
