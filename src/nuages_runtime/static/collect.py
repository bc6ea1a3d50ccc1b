"""Collects a project's static files into a folder, as `collectstatic` does, and so that a single
file that is wrong does not cost all the others."""

import os
import shutil

from nuages_runtime.absent.variables import find_variable
from nuages_runtime.overlay import document, files
from nuages_runtime.static.compressed import compress

_APP = "django.contrib.staticfiles"


def collect(folder):
    """Collect static files into `folder`; how many there are: 0 where the project has none, or
    keeps them elsewhere. Raises what the project's code raises for a variable or a package that
    is missing."""
    from django.apps import apps

    if not apps.is_installed(_APP):
        return 0
    from django.contrib.staticfiles import storage as static

    from nuages_runtime.static.storage import make_lenient

    storage = static.staticfiles_storage
    try:
        storage.path("")
    except NotImplementedError:
        document.warned("Static files are kept elsewhere; the project collects them itself")
        return 0
    except Exception:  # noqa: S110 - a storage without a place yet: it is given one below
        pass
    os.makedirs(folder, exist_ok=True)
    real = storage._wrapped
    # The place to collect to is not where the app will look.
    _move(real, folder)
    make_lenient(real)
    count = _run(folder) + _add_committed(folder)
    compress(folder)
    return count


def _move(storage, folder):
    """Have the storage keep its files in `folder`."""
    places = {"base_location": folder, "location": folder}
    kind = type(storage)
    # Django's are cached properties; plain ones of a class of its own nothing can be put over.
    if any(isinstance(getattr(kind, name, None), property) for name in places):
        storage.__class__ = type(kind.__name__, (kind,), places)
    vars(storage).update(places)


def _run(folder):
    from django.core.management import call_command, get_commands, load_command_class

    command = load_command_class(get_commands()["collectstatic"], "collectstatic")
    try:
        call_command(command, interactive=False, verbosity=0)
    except Exception as error:
        if isinstance(error, (ImportError, SyntaxError)) or any(find_variable(error).values()):
            raise
        document.warned(
            "collectstatic failed with {}: {}; static files have no digests in their names".format(
                type(error).__name__, error
            )
        )
        _copy(folder)
        return sum(len(names) for _, _, names in os.walk(folder))
    return len(command.copied_files) + len(command.unmodified_files)


def _copy(folder):
    """What the finders find, as it is; each file that can be read."""
    from django.contrib.staticfiles.finders import get_finders

    for finder in get_finders():
        try:
            for path, storage in finder.list([]):
                prefix = getattr(storage, "prefix", None) or ""
                _copy_one(storage.path(path), os.path.join(folder, prefix, path))
        except Exception as error:
            document.warned("Static files: {}: {}".format(type(finder).__name__, error))


def _add_committed(folder):
    """Files that lie at the project's own STATIC_ROOT and that no finder knows: a site that
    serves the folder shows them, so they belong to it."""
    root = files.project_static_root()
    count = 0
    for place, _, names in os.walk(root) if root else ():
        for name in names:
            inside = os.path.relpath(os.path.join(place, name), root)
            count += _copy_one(os.path.join(root, inside), os.path.join(folder, inside))
    return count


def _copy_one(source, target):
    """Copy a file to where none is; how many were: 1 or 0."""
    if os.path.exists(target) or not os.path.isfile(source):
        return 0
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        document.warned("Static files: {}: {}".format(source, error.strerror))
        return 0
    return 1
