"""Log files become lines: the last ones, and those that come, of one process type or of all.

The format is described in nuages.system.logfile. A line's time is when it was written, to a
second or so. Waiting is left to the kernel (inotify): looking again every second would cost a
reader's whole life in wake-ups and still be late.
"""

from __future__ import annotations

import heapq
import os
import re
import select
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nuages.observe.redact import Redactor
from nuages.system.inotify import FileWatch
from nuages.system.logfile import LogTimes, first_offset, read_times

# No reader wants more of one line, and none is to be held up by a program without newlines.
LINE_MAX = 16 * 1024
_BLOCK = 64 * 1024
# How far back the last lines are looked for, in bytes of one file.
_FAR = 8 * 1024 * 1024
_NAME = re.compile(r"(?P<process>.+?)(?:\.(?P<instance>[0-9]+))?\.log")
# Colours and the like are left out; anything else that steers a terminal is shown, not sent.
_COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class LogLine:
    """`time` is seconds since the epoch (None: unknown), `instance` a number (0: none)."""

    time: float | None
    process: str
    instance: int
    line: str


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of the format, and whose it is."""

    path: Path
    process: str
    instance: int


def log_files(folder: Path, process: str = "") -> list[LogFile]:
    """The logs of an environment (`HOME/logs/<label>`), of one process type or of all."""
    found = []
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match and process in ("", match["process"]):
                found.append(LogFile(path, match["process"], int(match["instance"] or 0)))
    return sorted(found, key=lambda file: (file.process, file.instance))


class LogReader:
    """Reads the logs of one environment. What `redactor` gives knows the values that are taken
    out of every line; it is asked whenever there are new ones, which may hold new values."""

    def __init__(
        self, folder: Path, process: str = "", redactor: Callable[[], Redactor] | None = None
    ) -> None:
        self._folder, self._process = folder, process
        self._redactor = redactor or (lambda: Redactor(()))
        self._ends: dict[Path, int] = {}

    def tail(self, count: int) -> list[LogLine]:
        """The last `count` lines of all files together, oldest first, also one that has no end
        yet. `follow` goes on behind them."""
        streams = []
        for file in log_files(self._folder, self._process):
            with suppress(FileNotFoundError):
                pieces, self._ends[file.path] = _last(file.path, count)
                streams.append(self._lines(file, pieces, read_times(file.path)))
        return merge(streams)[-count:] if count > 0 else []

    def follow(self, beat: float = 15.0) -> Iterator[list[LogLine]]:
        """Lines as they are written, in groups; an empty group every `beat` seconds in which
        nothing came, so that the caller can look whether anybody still listens. Begins where
        `tail` ended, or else with what is written from now on."""
        watch = FileWatch()
        try:
            if not self._ends:
                self.tail(0)
            while True:
                is_watched = _add(watch, self._folder)
                lines = self._new()
                if not lines:
                    patience = beat if is_watched else min(beat, 1.0)
                    select.select([watch.descriptor], [], [], patience)
                    watch.read()
                    lines = self._new()
                yield lines
        finally:
            watch.close()

    def _new(self) -> list[LogLine]:
        streams = []
        for file in log_files(self._folder, self._process):
            with suppress(FileNotFoundError):
                start = self._ends.get(file.path, 0)
                pieces, self._ends[file.path] = _after(file.path, start)
                # Written just now: the file of times need not be read for it.
                streams.append(self._lines(file, pieces, LogTimes((time.time(),), (0,))))
        return merge(streams)

    def _lines(
        self, file: LogFile, pieces: list[tuple[int, bytes]], times: LogTimes
    ) -> list[LogLine]:
        redactor = self._redactor() if pieces else Redactor(())
        return [
            LogLine(
                times.at(offset),
                file.process,
                file.instance,
                printable(redactor.redact(piece.decode(errors="replace"))),
            )
            for offset, piece in pieces
        ]


def tail(folder: Path, count: int, redactor: Redactor | None = None) -> list[LogLine]:
    """The last `count` lines of all logs in `folder`."""
    return LogReader(folder, redactor=(lambda: redactor) if redactor else None).tail(count)


def merge(streams: Iterable[list[LogLine]]) -> list[LogLine]:
    """The lines of several files in the order of their times; within a file nothing moves. A
    line without a time stays behind the one before it."""
    timed = []
    for number, lines in enumerate(streams):
        latest, rows = 0.0, []
        for position, line in enumerate(lines):
            latest = max(latest, line.time or 0.0)
            rows.append(((latest, number, position), line))
        timed.append(rows)
    return [line for _, line in heapq.merge(*timed, key=lambda row: row[0])]


def printable(line: str) -> str:
    """A line that does nothing to a terminal but fill it."""
    plain = _COLOUR.sub("", line.rstrip("\r\n"))
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), plain)


def _add(watch: FileWatch, folder: Path) -> bool:
    """Ask to be told of the next write to any file in `folder`; False where that cannot be."""
    try:
        watch.add(folder)
    except OSError:
        return False
    return True


def _last(path: Path, count: int) -> tuple[list[tuple[int, bytes]], int]:
    """The last lines with their offsets, and the offset behind the last whole one."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size, first = os.fstat(descriptor).st_size, first_offset(descriptor)
        data, start = b"", size
        while start > first and size - start < _FAR and data.count(b"\n") <= count:
            block = min(_BLOCK, start - first)
            start -= block
            data = os.pread(descriptor, block, start) + data
    finally:
        os.close(descriptor)
    whole = start + data.rfind(b"\n") + 1
    if count <= 0:
        return [], whole
    if start > first:  # the first one may lack its beginning
        cut = data.find(b"\n") + 1
        data, start = data[cut:], start + cut
    return _split(data, start)[-count:], whole


def _after(path: Path, start: int) -> tuple[list[tuple[int, bytes]], int]:
    """The whole lines from `start` on, and where they end. A line that is too long is cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        start = max(start, first_offset(descriptor))
        size = os.fstat(descriptor).st_size
        if size <= start:
            return [], min(start, size)
        data = os.pread(descriptor, min(size - start, _FAR), start)
    finally:
        os.close(descriptor)
    end = data.rfind(b"\n") + 1
    if end == 0 and len(data) >= LINE_MAX:
        end = len(data)
    return _split(data[:end], start), start + end


def _split(data: bytes, start: int) -> list[tuple[int, bytes]]:
    lines, offset = [], start
    for line in data.split(b"\n"):
        lines.append((offset, _shorten(line)))
        offset += len(line) + 1
    # What is behind the last newline is a line only where there is something.
    return lines if lines[-1][1] else lines[:-1]


def _shorten(line: bytes) -> bytes:
    return line if len(line) <= LINE_MAX else line[:LINE_MAX] + " […]".encode()
