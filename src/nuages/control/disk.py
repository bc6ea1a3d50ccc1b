"""The disk that holds the state directory: whether there is room, and errors that say there is not.

Nothing is begun on a full disk: the worker could not even write down how it ended.
"""

from __future__ import annotations

import errno
import os
import sqlite3

from django.db import OperationalError

from nuages.control.errors import DISK_FULL
from nuages.core.errors import NuagesError
from nuages.core.home import Home

# What a deployment writes at the least: a release's rows, its sockets and its logs.
ROOM = 16 * 1024**2
_FULL = (errno.ENOSPC, errno.EDQUOT)


def require_room(home: Home, more: int = 0) -> None:
    """Raise control.E020 where less than `ROOM` bytes are free for us beside `more`."""
    disk = os.statvfs(home.path)
    # Some blocks are kept for root (ext4: 5 %).
    blocks = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    free = blocks * disk.f_frsize
    if free < ROOM + more:
        wanted = f", too little for {more // 1024**2} MB" if more else ""
        message = f"The disk that holds {home.path} has {free // 1024**2} MB left{wanted}"
        raise NuagesError(DISK_FULL, message)


def disk_full(error: BaseException | None, home: Home) -> NuagesError | None:
    """control.E020 where `error`, or what it came from, says that the disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            break
        is_database = isinstance(error, (OperationalError, sqlite3.OperationalError))
        if is_database and "disk is full" in str(error):
            break
        error = error.__cause__ or error.__context__
    if error is None:
        return None
    return NuagesError(DISK_FULL, f"The disk that holds {home.path} is full")
