"""Processes by their identity (pid, start time, boot), so that a number used again fools nobody."""

from __future__ import annotations

import ctypes
import os
import signal
from dataclasses import dataclass
from pathlib import Path

_PIDFD_GETFD = 438  # the same number on every architecture: asm-generic/unistd.h
# proc(5): the signals that a process blocks, ignores and catches.
_MASKS = ("SigBlk:", "SigIgn:", "SigCgt:")
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, told apart from every other one of this boot: `start` is field 22 of
    /proc/PID/stat, in clock ticks since the boot."""

    pid: int
    start: int


def boot_id() -> str:
    """The kernel's name for this boot; another one means that no process of before is left."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int) -> Identity | None:
    """The identity of a running process; None where there is none (a zombie is none)."""
    fields = _stat(pid)
    if not fields or fields[0] == "Z":
        return None
    return Identity(pid, int(fields[19]))


def start_time(pid: int) -> int:
    """When a child that is not reaped yet was started, in clock ticks since the boot."""
    return int(_stat(pid)[19])


def open_process(identity: Identity) -> int | None:
    """A pidfd of exactly this process, or None where it is gone. The caller closes it."""
    try:
        descriptor = os.pidfd_open(identity.pid)
    except OSError:
        return None
    # Only now: between a look and the opening the number could have gone to another process.
    if identify(identity.pid) == identity:
        return descriptor
    os.close(descriptor)
    return None


def send_signal(descriptor: int, number: int) -> bool:
    """Signal the process of a pidfd; False where it has ended."""
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    return True


def heeds(pid: int, number: int) -> bool:
    """Whether a process has decided what this signal does to it: it catches, ignores or blocks
    it. False also where there is no such process."""
    try:
        rows = Path("/proc", str(pid), "status").read_text().splitlines()
    except OSError:
        return False
    masks = [int(row.split()[1], 16) for row in rows if row.startswith(_MASKS)]
    return any(mask >> (number - 1) & 1 for mask in masks)


def children(pid: int) -> list[int]:
    """The children of a process, in any of its threads."""
    found: list[int] = []
    for path in Path("/proc", str(pid), "task").glob("*/children"):
        try:
            found += [int(word) for word in path.read_text().split()]
        except OSError:
            continue
    return found


def real_process(pid: int) -> int:
    """The program that bubblewrap runs, below its outer process and its reaper; `pid` itself
    where it is another program. bubblewrap does not pass signals on."""
    for _ in range(3):
        try:
            name = Path("/proc", str(pid), "comm").read_text().strip()
        except OSError:
            return pid
        below = children(pid) if name == "bwrap" else []
        if not below:
            return pid
        pid = below[0]
    return pid


def find_descriptor(pid: int, inode: int) -> int | None:
    """The number under which a process holds the socket of that inode, or None."""
    name = f"socket:[{inode}]"
    try:
        entries = list(Path("/proc", str(pid), "fd").iterdir())
    except OSError:
        return None
    for entry in entries:
        try:
            if str(entry.readlink()) == name:
                return int(entry.name)
        except OSError:
            continue
    return None


def take_descriptor(process: int, number: int) -> int:
    """A duplicate of another process's descriptor (pidfd_getfd). OSError where it is refused."""
    descriptor: int = _libc.syscall(_PIDFD_GETFD, process, number, 0)
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    os.set_inheritable(descriptor, False)
    return descriptor


def port_holder(inode: int) -> str:
    """The program that holds a socket, as `nginx (pid 812)`; empty where it cannot be known."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and find_descriptor(int(entry.name), inode) is not None:
            try:
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            return f"{name} (pid {entry.name})"
    return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before may hold anything."""
    try:
        text = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
