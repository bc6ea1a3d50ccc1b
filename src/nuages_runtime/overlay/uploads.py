"""Uploads that a source brings along go to where the site keeps its own."""

import os
import shutil
import sys


def bring_uploads():
    """Copy the files that lie at the project's own MEDIA_ROOT to the one that the overlay has given
    it; what is there already stays as it is."""
    from nuages_runtime.overlay.data import project_media_root

    root = project_media_root()
    if not root or not is_kept_in_files():
        return
    from django.conf import settings

    count = copy_missing(root, str(settings.MEDIA_ROOT))
    if count:
        sys.stdout.write("  {} files of {} are uploads now\n".format(count, root))


def copy_missing(source, target):
    """Copy each file below `source` to where none is below `target`; how many were. None at all
    where there is code among them: what is uploaded can be seen by everybody. Links and hidden
    files are passed over."""
    files = []
    for folder, folders, names in os.walk(source):
        if any(name.endswith(".py") for name in names):
            return 0
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [os.path.join(folder, name) for name in names if not name.startswith(".")]
    return sum(_copy(path, os.path.join(target, os.path.relpath(path, source))) for path in files)


def _copy(path, place):
    if os.path.islink(path) or os.path.lexists(place):
        return 0
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        # Whole or not at all: a site may serve it meanwhile.
        shutil.copyfile(path, place + ".part")
        os.rename(place + ".part", place)
    except OSError as error:
        sys.stdout.write("  {} cannot be copied: {}\n".format(path, error.strerror))
        return 0
    return 1


def is_kept_in_files():
    """Whether uploads lie in a folder of their own."""
    from django.core.files.storage import default_storage

    try:
        default_storage.path("a")
    except Exception:
        # Elsewhere, or not set up yet.
        return False
    return True
