"""What a one-off printed, kept in a bounded piece of memory: only its end is ever shown."""

from __future__ import annotations

# Far more than an error shows, so that a secret that is cut in two here is not in what is shown.
MOST = 64 * 1024


class Printed:
    """Call it with each chunk; `text` gives the last 64 KiB."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __call__(self, chunk: bytes) -> None:
        """Keep the chunk, and let go of what is too long ago."""
        self._data += chunk
        if len(self._data) > 2 * MOST:
            del self._data[:-MOST]

    @property
    def text(self) -> str:
        """The end of what was printed."""
        return self._data[-MOST:].decode(errors="replace")
