"""Shows one folder inside of another one, for the calling process and what it starts, without
following a link on the way: what lies in the outer folder may be somebody else's."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path, PurePosixPath

_NEW_MOUNTS = 0x20000  # <linux/sched.h>
# <linux/mount.h>
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _SLAVE = 1, 32, 4096, 16384, 1 << 19
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_libc = ctypes.CDLL(None, use_errno=True)


def leave_mounts() -> None:
    """Have mounts of our own from now on: nobody else sees what we mount. For root alone.

    OSError where that is refused.
    """
    if _libc.unshare(_NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "A mount namespace cannot be made")
    _mount("", "/", _RECURSIVE | _SLAVE)


def bind_inside(source: Path, folder: Path, inside: str, *, writable: bool) -> None:
    """Show `source` at the relative path `inside` of `folder`; what is missing there is made.

    OSError where a link or a file is in the way.
    """
    if not writable:
        # Over itself first, by its own path: the one inside could be another by then.
        _mount(str(source), str(source), _BIND)
        _mount("", str(source), _REMOUNT | _BIND | _READ_ONLY)
    shown, place = os.open(source, _FOLDER), os.open(folder, _FOLDER)
    try:
        for name in PurePosixPath(inside).parts:
            inner = _enter(name, place)
            os.close(place)
            place = inner
        _mount(f"/proc/self/fd/{shown}", f"/proc/self/fd/{place}", _BIND)
    finally:
        os.close(place)
        os.close(shown)


def _enter(name: str, folder: int) -> int:
    """The folder `name`, open; one that is made belongs to whom the one around it belongs to."""
    with contextlib.suppress(FileNotFoundError):
        return os.open(name, _FOLDER, dir_fd=folder)
    os.mkdir(name, dir_fd=folder)
    inner = os.open(name, _FOLDER, dir_fd=folder)
    around = os.fstat(folder)
    os.fchown(inner, around.st_uid, around.st_gid)
    return inner


def _mount(source: str, target: str, flags: int) -> None:
    words = (os.fsencode(source), os.fsencode(target))
    if _libc.mount(*words, None, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)
