"""Tells once that a file was written to, so that nobody has to look again and again."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

_MODIFY = 0x2
_ONE_SHOT = 0x80000000
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_HEADER = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class FileWatch:
    """Watches files for their next write. `descriptor` becomes readable when one comes."""

    def __init__(self) -> None:
        self.descriptor: int = _check(_libc.inotify_init1(_FLAGS), "inotify")
        self._paths: dict[int, Path] = {}

    def add(self, path: Path) -> None:
        """Tell the next write to `path`, once. OSError where it cannot be watched."""
        number = _libc.inotify_add_watch(
            self.descriptor, os.fsencode(path), ctypes.c_uint32(_MODIFY | _ONE_SHOT)
        )
        self._paths[_check(number, str(path))] = path

    def read(self) -> list[Path]:
        """The files that were written to since they were added; each has to be added again."""
        try:
            data = os.read(self.descriptor, 65536)
        except BlockingIOError:
            return []
        found, position = [], 0
        while position < len(data):
            number, mask, _, length = _HEADER.unpack_from(data, position)
            position += _HEADER.size + length
            if mask & _MODIFY and number in self._paths:
                found.append(self._paths.pop(number))
        return found

    def close(self) -> None:
        """Stop watching."""
        os.close(self.descriptor)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result
