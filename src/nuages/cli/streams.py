"""The three standard streams: open before the first word, and quiet once nobody reads them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

from nuages.cli.errors import NO_OUTPUT
from nuages.core.errors import EXIT_BROKEN_PIPE, NuagesError

_NAMES = ("stdin", "stdout", "stderr")


def prepare_streams() -> None:
    """Have all three, whatever we were started with, and print every text that there can be: a
    file's name need not be UTF-8."""
    for descriptor, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            _open_nothing(descriptor)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def tell(stream: TextIO, text: str) -> None:
    """Write to a person, at once. That nobody reads it, or that its disk is full, ends nothing."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        let_go(stream)


def let_go(stream: TextIO) -> None:
    """Point a stream that takes nothing any more at nothing, so that closing it is quiet too."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, stream.fileno())
    os.close(descriptor)


@contextlib.contextmanager
def ended_when_unread() -> Iterator[None]:
    """Meanwhile the program ends with exit code 141 as soon as the reader of standard output has
    gone, also while it waits for something to write."""

    def end(*_: object) -> None:
        sys.exit(EXIT_BROKEN_PIPE)

    def wait() -> None:
        poller = select.poll()
        poller.register(output, 0)  # an error is told of unasked
        poller.register(enough, select.POLLIN)
        if output in dict(poller.poll()):
            signal.pthread_kill(main, signal.SIGPIPE)

    output, main = sys.stdout.fileno(), threading.get_ident()
    enough, tell_enough = os.pipe()
    before = signal.signal(signal.SIGPIPE, end)
    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        os.close(tell_enough)
        waiting.join()
        os.close(enough)
        signal.signal(signal.SIGPIPE, before)


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Around what writes to standard output: a full disk is an error of its own (cli.E022). That
    the reader has gone stays a BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go(sys.stdout)
        raise NuagesError(NO_OUTPUT, f"Standard output: {error.strerror or error}") from None


def _open_nothing(descriptor: int) -> None:
    """A closed number would be that of the next file that is opened, and be written to."""
    try:
        os.fstat(descriptor)
    except OSError:
        nothing = os.open(os.devnull, os.O_RDWR)
        if nothing != descriptor:
            os.dup2(nothing, descriptor)
            os.close(nothing)
        os.set_inheritable(descriptor, True)
