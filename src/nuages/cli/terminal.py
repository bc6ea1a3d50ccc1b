"""Joins a one-off command to our standard input and output, with a terminal or without."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator, Sequence

from nuages.cli.streams import writing
from nuages.client.client import Client
from nuages.client.errors import BROKEN_OFF
from nuages.core.errors import NuagesError

_CHUNK = 65536


def run_piped(client: Client, name: str, argv: Sequence[str]) -> int:
    """Run a command with our standard input as its own; its exit code. Ctrl-C ends it."""
    identifier = client.start_run(name, argv, None)
    # A daemon: nobody waits for a standard input that never ends.
    threading.Thread(target=_pump, args=(client, identifier), daemon=True).start()
    return _print_output(client, identifier)


def run_terminal(client: Client, name: str, argv: Sequence[str]) -> int:
    """Run a command on a terminal of its own that ours shows; its exit code."""
    columns, rows = shutil.get_terminal_size()
    identifier = client.start_run(name, argv, (rows, columns))
    with _raw_terminal(sys.stdin.fileno()), _resizes() as resized:
        threading.Thread(
            target=_pump_terminal, args=(client, identifier, resized), daemon=True
        ).start()
        return _print_output(client, identifier)


def _print_output(client: Client, identifier: str) -> int:
    try:
        for data in client.run_output(identifier):
            with writing():
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
    except (KeyboardInterrupt, BrokenPipeError, NuagesError):
        with contextlib.suppress(NuagesError):
            client.run_kill(identifier)
        raise
    code = client.run(identifier).get("exit_code")
    if code is None:
        raise NuagesError(BROKEN_OFF, "The platform broke off before the command ended")
    return int(code)


def _pump(client: Client, identifier: str) -> None:
    """Send our standard input on, to its end. What the command does not want is dropped."""
    with contextlib.suppress(NuagesError, OSError):
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            client.run_input(identifier, data)
        client.run_input(identifier, b"")


def _pump_terminal(client: Client, identifier: str, resized: int) -> None:
    """Send keys and new sizes on, until the command is gone."""
    keyboard = sys.stdin.fileno()
    with contextlib.suppress(NuagesError, OSError):
        while True:
            ready, _, _ = select.select([keyboard, resized], [], [])
            if resized in ready:
                os.read(resized, _CHUNK)
                columns, rows = shutil.get_terminal_size()
                client.run_resize(identifier, rows, columns)
            if keyboard in ready:
                data = os.read(keyboard, _CHUNK)
                client.run_input(identifier, data)
                if not data:
                    return


@contextlib.contextmanager
def _raw_terminal(descriptor: int) -> Iterator[None]:
    """Every key goes through as it is, Ctrl-C too; the terminal is as before at the end."""
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _resizes() -> Iterator[int]:
    """A descriptor that becomes readable when our terminal has a new size."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def tell(_number: int, _frame: object) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(writer, b"r")

    before = signal.signal(signal.SIGWINCH, tell)
    try:
        yield reader
    finally:
        # The pump may still wait on the reader; both ends go with the process.
        signal.signal(signal.SIGWINCH, before)
