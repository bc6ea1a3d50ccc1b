"""Where an app sees what is not its code."""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath

from nuages.core.image import Image
from nuages_runtime.overlay.document import STATIC_PLACES

# Where static files are shown when the project says nothing of its own.
STATIC = "/static"


def static_root(image: Image) -> str:
    """Where the static files are shown: the project's STATIC_ROOT where that is a place for it,
    else /static, as the overlay has it. The app says itself what its STATIC_ROOT is."""
    written = image.report.static_root
    root = "/" + posixpath.normpath(written).lstrip("/")
    path = PurePosixPath(root)
    allowed = any(path != PurePosixPath(top) and path.is_relative_to(top) for top in STATIC_PLACES)
    if not written.startswith("/") or not allowed:
        return STATIC
    place = image.python.place if image.python is not None else None
    if place is not None and (path.is_relative_to(place) or place.is_relative_to(path)):
        return STATIC
    return STATIC if path.is_relative_to("/app") and _has_link(image.app, path) else root


def _has_link(app: Path, path: PurePosixPath) -> bool:
    """Whether a link in the image's tree leads from `path` (below /app) to somewhere else."""
    inside = app / path.relative_to("/app")
    return any(one.is_symlink() for one in (inside, *inside.parents) if one.is_relative_to(app))
