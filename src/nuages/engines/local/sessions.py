"""One-off commands as sessions: we hold their output and their terminal, the agent their life.

An ordinary one-off writes to a pipe of ours, or to a terminal of ours. A release command writes
to a file, because it goes on when we are gone and nothing may block or kill it then.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.engines.local.client import AgentChannel
from nuages.engines.local.errors import NO_AGENT
from nuages.engines.local.protocol import RELEASE_PURPOSE, Launch, encode
from nuages.system.files import remove_tree
from nuages.system.inotify import FileWatch
from nuages.system.logfile import open_log

_CHUNK = 65536


class LocalSession:
    """A one-off that runs. Closing the connection to the agent ends it (not a release command).
    `leftover` is removed when it has ended."""

    def __init__(
        self, home: Home, one_off: OneOff, launch: Launch, leftover: Path | None = None
    ) -> None:
        self._channel = AgentChannel(home)
        self._code: int | None = None
        self._note = ""
        self._leftover = leftover
        self._input: int | None = None
        try:
            self._output, theirs = self._open_output(home, one_off)
        except BaseException:
            self._channel.close()
            raise
        request: dict[str, Any] = {
            "label": one_off.environment.label,
            "purpose": one_off.purpose,
            "launch": launch.to_json(),
            "timeout": one_off.timeout,
        }
        try:
            self._id = self._channel.request("run", request, theirs)["id"]
        except BaseException:
            self._close()
            raise
        finally:
            for descriptor in set(theirs):
                os.close(descriptor)

    def output(self) -> Iterator[bytes]:
        """Chunks of what it prints, until it ends; then how, where its exit code alone does not
        tell (it ran out of memory, it could not be started)."""
        yield from self._output.chunks(self)
        while not self.has_ended:
            self.take_answer()
        if self._note:
            yield f"nuages: the command {self._note}\n".encode()

    def write(self, data: bytes) -> None:
        """Send to its standard input; empty bytes close it. Input to what has ended is lost."""
        if self._input is None:
            return
        with contextlib.suppress(BrokenPipeError, OSError):
            if not data and isinstance(self._output, _Terminal):
                data = b"\x04"
            if data:
                while data:
                    data = data[os.write(self._input, data) :]
                return
        if not isinstance(self._output, _Terminal):
            os.close(self._input)
        self._input = None

    def resize(self, rows: int, columns: int) -> None:
        """Tell its terminal a new size; without one, nothing happens."""
        if isinstance(self._output, _Terminal):
            self._output.resize(rows, columns)

    def wait(self) -> int:
        """Its exit code: 128 + signal where one ended it, 124 where it took too long."""
        while self._code is None:
            self.take_answer()
        self._close()
        return self._code

    def kill(self) -> None:
        """End it now."""
        with contextlib.suppress(NuagesError, OSError):
            self._channel.socket.sendall(encode({"op": "kill", "id": self._id}))

    def take_answer(self) -> None:
        """Wait for the agent's next word. Raises engines.E001 when it ends."""
        answer = self._channel.receive()
        if answer is None:
            self._close()
            raise NuagesError(NO_AGENT, "The agent ended while a command ran")
        if answer.get("event") == "ended":
            code = answer["code"]
            self._code = 1 if code is None else code
            self._note = str(answer.get("note", ""))

    @property
    def has_ended(self) -> bool:
        """Whether its exit code is known."""
        return self._code is not None

    @property
    def channel_descriptor(self) -> int:
        """Readable when the agent says something."""
        return self._channel.socket.fileno()

    def _open_output(self, home: Home, one_off: OneOff) -> tuple[_Output, list[int]]:
        if one_off.tty is not None:
            terminal = _Terminal(*one_off.tty)
            self._input = terminal.descriptor
            return terminal, [terminal.theirs, terminal.theirs]
        if one_off.purpose == RELEASE_PURPOSE:
            log = home.logs / one_off.environment.label / f"{RELEASE_PURPOSE}.log"
            null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            file = _File(log)
            return file, [null, open_log(log)]
        stdin, self._input = os.pipe()
        pipe = _Pipe()
        return pipe, [stdin, pipe.theirs]

    def _close(self) -> None:
        self._channel.close()
        self._output.close()
        if self._input is not None and not isinstance(self._output, _Terminal):
            os.close(self._input)
        self._input = None
        if self._code is not None and self._leftover is not None:
            remove_tree(self._leftover)


class _Output:
    """Where a command's output arrives."""

    def chunks(self, session: LocalSession) -> Iterator[bytes]:
        """Until the command has ended."""
        raise NotImplementedError

    def close(self) -> None:
        """Read no more."""


class _Pipe(_Output):
    def __init__(self) -> None:
        self.descriptor, self.theirs = os.pipe()
        self._closed = False

    def chunks(self, session: LocalSession) -> Iterator[bytes]:  # noqa: ARG002 ends by itself
        while True:
            try:
                data = os.read(self.descriptor, _CHUNK)
            except OSError:
                # A terminal whose last program has ended (EIO).
                return
            if not data:
                return
            yield data

    def close(self) -> None:
        if not self._closed:
            os.close(self.descriptor)
        self._closed = True


class _Terminal(_Pipe):
    def __init__(self, rows: int, columns: int) -> None:
        self.descriptor, self.theirs = pty.openpty()
        self._closed = False
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)


class _File(_Output):
    """The part of a log that is written from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        os.close(open_log(path))
        self._reader = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._offset = os.lseek(self._reader, 0, os.SEEK_END)
        self._watch = FileWatch()
        self._closed = False

    def chunks(self, session: LocalSession) -> Iterator[bytes]:
        while not session.has_ended:
            self._watch.add(self._path)
            yield from self._rest()
            ready, _, _ = select.select(
                [self._watch.descriptor, session.channel_descriptor], [], []
            )
            if session.channel_descriptor in ready:
                session.take_answer()
            if self._watch.descriptor in ready:
                self._watch.read()
        yield from self._rest()

    def close(self) -> None:
        if not self._closed:
            os.close(self._reader)
            self._watch.close()
        self._closed = True

    def _rest(self) -> Iterator[bytes]:
        while data := os.pread(self._reader, _CHUNK, self._offset):
            self._offset += len(data)
            yield data
