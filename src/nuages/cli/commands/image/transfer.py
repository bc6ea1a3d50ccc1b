"""Shows how far a transfer is: one moving line on a terminal, a line for each part elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

from nuages.cli.output import is_terminal
from nuages.cli.streams import tell

_WIDTH = 30
_MEGABYTE = 1e6


class TransferProgress:
    """Adds up parts of a transfer, whose sizes become known one by one."""

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._moving = is_terminal(self._stream)
        self._parts: dict[str, tuple[int, int]] = {}

    def show(self, label: str, done: int, total: int) -> None:
        """Of the part called `label` so many bytes have been sent."""
        was_done = self._is_done(label)
        self._parts[label] = (done, total)
        if self._moving:
            self._draw()
        elif self._is_done(label) and not was_done:
            tell(self._stream, f"  {self._what}: {label}, {total / _MEGABYTE:.1f} MB\n")

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._moving:
            tell(self._stream, "\r\x1b[K")

    def _is_done(self, label: str) -> bool:
        done, total = self._parts.get(label, (0, 1))
        return done >= total

    def _draw(self) -> None:
        done = sum(each for each, _ in self._parts.values())
        total = sum(each for _, each in self._parts.values()) or 1
        bar = ("#" * (_WIDTH * done // total)).ljust(_WIDTH, ".")
        sizes = f"{done / _MEGABYTE:.1f} of {total / _MEGABYTE:.1f} MB"
        tell(self._stream, f"\r\x1b[K  {self._what} [{bar}] {sizes}")
