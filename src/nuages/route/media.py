"""Uploads lie where the proxy sees them only while the proxy serves them.

A project with a view of its own at MEDIA_URL keeps its uploads in its volume, out of the proxy's
sight. While `proxy/media/<label>` exists, it is the folder with the uploads; else it is
`volumes/<label>/media`. The move from one place to the other is one rename. The app may write to
both places while we work, so no path through them is followed: only open folders are used.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nuages.core.home import Home
from nuages.system.files import remove_tree, sync_directory

FOLDER = "media"
# An app that swaps its folder for a link again and again gets no further than this.
_MOST_TRIES = 10
_ABSENT_OR_NO_FOLDER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def media_folder(home: Home, label: str, volume: Path) -> Path:
    """Where the environment's uploads are now: what is to be bound at /data/media."""
    shown = home.media / label
    return shown if _is_folder(shown) else volume / FOLDER


def ensure_media(home: Home, label: str, volume: Path) -> None:
    """Have the folder of the uploads, wherever they are now: an app may have removed it."""
    if not _is_folder(home.media / label):
        _clear(volume / FOLDER)
    _ensure_folder(media_folder(home, label, volume), volume)


def serve_media(home: Home, label: str, volume: Path, public: bool) -> bool:
    """Bring the uploads of an environment to where the proxy sees them, or out of its sight.

    `volume` is the folder of /data. True when they were moved. An instance that has the folder
    bound over /data/media keeps it, wherever it goes; one that reached it through /data alone
    has to be restarted after a move. What lies in the other place (after a kill, or from an
    instance of the former kind) is brought along; nothing is overwritten: what is in the way
    stays in the volume as `media.former-…`.
    """
    shown, hidden = home.media / label, volume / FOLDER
    home.media.mkdir(parents=True, exist_ok=True)
    was_public = _is_folder(shown)
    if was_public:
        _collect(hidden, shown)
    elif public:
        _show(hidden, shown, volume)
    if was_public and not public:
        _clear(hidden, even_folder=True)
        shown.rename(hidden)
    if public:
        _ensure_folder(shown, volume)
    # The uploads themselves, or the place over which the sandbox binds them.
    _clear(hidden)
    _ensure_folder(hidden, volume)
    sync_directory(home.media)
    sync_directory(volume)
    return was_public != public


def remove_media(home: Home, label: str) -> None:
    """Remove the uploads that the proxy served: the environment's data goes."""
    remove_tree(home.media / label)


def _show(hidden: Path, shown: Path, volume: Path) -> None:
    """Rename the folder; look only then whether it was one, because the app may swap it before.
    What was none goes back into the volume."""
    for _ in range(_MOST_TRIES):
        _clear(hidden)
        _ensure_folder(hidden, volume)
        if os.path.lexists(shown):
            shown.rename(_aside(hidden))
        hidden.rename(shown)
        if _is_folder(shown):
            return
    shown.rename(_aside(hidden))
    raise OSError(errno.ELOOP, "The folder of the uploads becomes something else", str(hidden))


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself, and no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.former-{secrets.token_hex(4)}")


def _collect(source: Path, target: Path) -> None:
    """Bring what lies in `source` into `target`, entry by entry."""
    try:
        with _opened(source) as one, _opened(target) as other:
            for name in os.listdir(one):  # noqa: PTH208 an open folder
                if not _exists(name, other):
                    os.rename(name, name, src_dir_fd=one, dst_dir_fd=other)
    except OSError as error:
        if error.errno not in _ABSENT_OR_NO_FOLDER:
            raise


def _clear(path: Path, even_folder: bool = False) -> None:
    """Put what is in the way aside: anything but a folder, or `even_folder` one that is filled."""
    try:
        with _opened(path) as folder:
            if not even_folder or not os.listdir(folder):  # noqa: PTH208 an open folder
                return
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in _ABSENT_OR_NO_FOLDER:
            raise
    path.rename(_aside(path))


def _ensure_folder(path: Path, volume: Path) -> None:
    """A folder in which the app writes and the proxy reads."""
    path.mkdir(exist_ok=True)
    status = volume.stat()
    with _opened(path) as folder:
        if os.fstat(folder).st_uid != status.st_uid:
            os.fchown(folder, status.st_uid, status.st_gid)
        os.fchmod(folder, 0o755)


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A folder that is no link. OSError where it is something else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
