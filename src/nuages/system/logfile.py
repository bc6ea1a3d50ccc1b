"""Log files that programs append to directly, so that nobody's death blocks or kills a writer.

The format, for whoever writes or reads one. `web.1.log` holds what the program printed, as it
printed it: plain lines, nothing before them. It is opened O_APPEND by every writer (the first
instance of a release and its successor may share it), and it is never renamed nor cut off: a
writer that holds it open would go on writing to the old file, and what came between a copy and
a cut would be lost. Instead, once it holds 50 MB, its oldest part is given back to the file
system in place (a hole, which takes no room) up to the end of a line, until 40 MB are left. So
an offset means the same line for ever, and a reader that follows it never has to start again.
Read from `first_offset`: what lies before is a hole.

`web.1.log.times` beside it tells when: lines `<seconds since the epoch> <offset>`, both rising;
what lies at `offset` and after was written at that time or later. One line a second at most.
A full disk or a power cut may leave half a line: what cannot be read is passed over.
"""

from __future__ import annotations

import bisect
import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

from nuages.system.files import write_atomic

MOST = 50 * 1024 * 1024
KEPT = 40 * 1024 * 1024
_BLOCK = 64 * 1024
# A program that opens /dev/stdout opens its log anew, under its own user. Nobody else gets this
# far: the folders above are closed.
_MODE = 0o622
_APPEND = os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class LogTimes:
    """When the parts of a log were written: rising `offsets` and the `seconds` of each."""

    seconds: tuple[float, ...]
    offsets: tuple[int, ...]

    def at(self, offset: int) -> float | None:
        """Seconds since the epoch when what lies at `offset` was written, to a second or so."""
        index = bisect.bisect_right(self.offsets, offset)
        return self.seconds[index - 1] if index else None


def times_path(path: Path) -> Path:
    """Where the times of a log are kept."""
    return path.with_name(f"{path.name}.times")


def open_log(path: Path) -> int:
    """A descriptor that appends to the log; its folder is made. The caller closes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | _APPEND, 0o600)
    if os.fstat(descriptor).st_mode & 0o777 != _MODE:
        os.fchmod(descriptor, _MODE)
    return descriptor


def first_offset(descriptor: int) -> int:
    """The offset of the first byte that is still there (the size where nothing is)."""
    try:
        start = os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError:
        return os.fstat(descriptor).st_size
    # The hole ends at a line's end, but file systems only tell whole blocks: skip the rest.
    block = os.pread(descriptor, _BLOCK, start)
    return start + len(block) - len(block.lstrip(b"\0"))


def read_times(path: Path) -> LogTimes:
    """The times of the log at `path`; empty where none were written down."""
    try:
        lines = times_path(path).read_text(errors="replace").split("\n")
    except OSError:
        return LogTimes((), ())
    seconds: list[float] = []
    offsets: list[int] = []
    # What follows the last newline is still being written.
    for line in lines[:-1]:
        when, _, where = line.partition(" ")
        try:
            moment, offset = float(when), int(where)
        except ValueError:
            continue
        if not offsets or offset >= offsets[-1]:
            seconds.append(moment)
            offsets.append(offset)
    return LogTimes(tuple(seconds), tuple(offsets))


def write_time(path: Path, seconds: float, offset: int) -> None:
    """Write down that the log at `path` is this long now. OSError where the disk is full."""
    descriptor = os.open(times_path(path), os.O_RDWR | _APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        line = ("\n" if torn else "") + f"{seconds:.3f} {offset}\n"
        data = line.encode()
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def forget_times(path: Path) -> None:
    """The log at `path` begins anew: somebody has cut it off."""
    times_path(path).unlink(missing_ok=True)


def trim_log(path: Path, most: int = MOST, kept: int = KEPT) -> bool:
    """Give the oldest part of a log back once it holds over `most` bytes, down to about `kept`.

    False where there was no need, or where the file system cannot do it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        size, start = os.fstat(descriptor).st_size, first_offset(descriptor)
        if size - start <= most:
            return False
        end = size - kept
        end += os.pread(descriptor, _BLOCK, end).find(b"\n") + 1
        mode = ctypes.c_int(_KEEP_SIZE | _PUNCH_HOLE)
        failed = _libc.fallocate(descriptor, mode, ctypes.c_long(0), ctypes.c_long(end))
    finally:
        os.close(descriptor)
    if failed:
        return False
    _trim_times(path, end)
    return True


def _trim_times(path: Path, start: int) -> None:
    times = read_times(path)
    index = max(bisect.bisect_right(times.offsets, start) - 1, 0)
    lines = zip(times.seconds[index:], times.offsets[index:], strict=True)
    text = "".join(f"{seconds:.3f} {offset}\n" for seconds, offset in lines)
    write_atomic(times_path(path), text, mode=0o600)
