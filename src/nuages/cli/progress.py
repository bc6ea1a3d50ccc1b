"""Shows a deployment's steps as they happen: moving on a terminal, one line each elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from nuages.cli.output import harmless, is_terminal, styled
from nuages.cli.streams import tell

_NAME_WIDTH = 9


class Progress:
    """Writes the events of a deployment to `stream`; standard error by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moving = is_terminal(self._stream)
        self._running: list[str] = []

    def show(self, event: Mapping[str, Any]) -> None:
        """Show one event of the feed."""
        kind, step = str(event.get("kind")), str(event.get("step") or "")
        if kind == "step.started":
            self._running.append(step)
        elif kind in ("step.done", "step.failed"):
            if step in self._running:
                self._running.remove(step)
            self._line(_step_line(event, self._stream))
        elif kind == "said":
            self._line(f"    {harmless(str(event.get('message')))}")
        self._foot()

    def close(self) -> None:
        """Leave a clean line behind."""
        self._running.clear()
        self._foot()

    def _line(self, text: str) -> None:
        tell(self._stream, f"\r\x1b[K{text}\n" if self._moving else f"{text}\n")

    def _foot(self) -> None:
        """On a terminal, the last line names what is being done now."""
        if not self._moving:
            return
        names = ", ".join(self._running)
        tell(self._stream, f"\r\x1b[K  {names} ..." if names else "\r\x1b[K")


def _step_line(event: Mapping[str, Any], stream: TextIO) -> str:
    failed = event["kind"] == "step.failed"
    name = str(event.get("step") or "").ljust(_NAME_WIDTH)
    seconds = event.get("seconds")
    took = f"{seconds:6.2f} s" if isinstance(seconds, (int, float)) else " " * 8
    mark = styled("failed", "red", stream) + "  " if failed else ""
    # What went wrong is told once, by the error that follows.
    message = "" if failed else harmless(str(event.get("message") or ""))
    return f"  {styled(name, 'bold', stream)} {took}  {mark}{message}".rstrip()
