"""Keeps the worker small between deployments: a build takes tens of megabytes for seconds."""

from __future__ import annotations

import ctypes
import gc

# malloc.h of the GNU C library; another one ignores what it does not know.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE = 512 * 1024


def keep_small() -> None:
    """Have large blocks go back to the system when they are freed. Left to itself the library
    raises its idea of large to the largest block so far, such as a compressor's 17 MB."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_ARENA_MAX, 2)


def give_back() -> None:
    """Return what was freed to the system."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
