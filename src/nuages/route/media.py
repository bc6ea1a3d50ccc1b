"""Uploads lie where the proxy sees them only while the proxy serves them.

A project with a view of its own at MEDIA_URL keeps its uploads in its volume, out of the proxy's
sight. The move from one place to the other is one rename, and safe to repeat.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from nuages.core.home import Home
from nuages.system.files import sync_directory

FOLDER = "media"


def media_folder(home: Home, label: str, volume: Path) -> Path:
    """Where the environment's uploads are now: what is to be bound at /data/media."""
    public = home.media / label
    return public if public.is_dir() else volume / FOLDER


def serve_media(home: Home, label: str, volume: Path, public: bool) -> bool:
    """Bring the uploads of an environment to where the proxy sees them, or out of its sight.

    `volume` is the folder of /data. True when they were moved: an instance that bound the folder
    over /data/media before keeps it, wherever it goes; one that reached it through /data alone
    has to be restarted. Leftovers in the other place (from a kill between two steps, or from an
    instance of the former kind) are brought along; nothing is overwritten.
    """
    shown, hidden = home.media / label, volume / FOLDER
    source, target = (hidden, shown) if public else (shown, hidden)
    target.parent.mkdir(parents=True, exist_ok=True)
    moved = _move(source, target)
    if not target.is_dir():
        target.mkdir()
    _belong_to(target, volume)
    if public:
        # The place over which the sandbox binds the uploads.
        hidden.mkdir(exist_ok=True)
        _belong_to(hidden, volume)
    return moved


def remove_media(home: Home, label: str) -> None:
    """Remove the uploads that the proxy served: the environment's data goes."""
    if (home.media / label).is_dir():
        shutil.rmtree(home.media / label)


def _move(source: Path, target: Path) -> bool:
    """Rename a folder over another one that is absent or empty; else put in what is missing."""
    if not _is_folder(source):
        return False
    filled = any(source.iterdir())
    if not filled and target.is_dir():
        return False
    try:
        source.rename(target)
    except OSError:
        _merge(source, target)
    sync_directory(source.parent)
    sync_directory(target.parent)
    return True


def _merge(source: Path, target: Path) -> None:
    for entry in list(source.iterdir()):
        place = target / entry.name
        if not os.path.lexists(place):
            entry.rename(place)
        elif _is_folder(entry) and _is_folder(place):
            _merge(entry, place)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _belong_to(folder: Path, volume: Path) -> None:
    """The app writes here, the proxy reads."""
    status = volume.stat()
    if folder.stat().st_uid != status.st_uid:
        os.chown(folder, status.st_uid, status.st_gid)
    folder.chmod(0o755)
