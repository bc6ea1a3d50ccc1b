"""Collects a project's static files into a folder, as `collectstatic` does, and so that a single
file that is wrong does not cost all the others."""

import json
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

    if is_kept_elsewhere():
        document.warned("Static files are kept elsewhere; each release sends them there")
        return 0
    os.makedirs(folder, exist_ok=True)
    real = static.staticfiles_storage._wrapped
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


def is_kept_elsewhere():
    """Whether static files belong to a storage that has no folder, such as a bucket. Then each
    release sends them there; it alone has the keys."""
    from django.apps import apps

    if not apps.is_installed(_APP):
        return False
    from django.contrib.staticfiles.storage import staticfiles_storage

    try:
        staticfiles_storage.path("")
    except NotImplementedError:
        return True
    except Exception:  # noqa: S110 - a storage without a place yet: collecting gives it one
        pass
    return False


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
    if root:
        _merge_manifests(root, folder)
    return count


def _merge_manifests(root, folder):
    """Names that only the committed manifest knows, of files that are there: what a front end's
    build has made may be committed in its collected form alone."""
    from django.contrib.staticfiles.storage import staticfiles_storage

    name = getattr(staticfiles_storage, "manifest_name", "")
    own, committed = (_manifest(os.path.join(place, name)) for place in (folder, root))
    if not name or not own.get("paths") or not committed.get("paths"):
        return
    added = {
        path: hashed
        for path, hashed in committed["paths"].items()
        if path not in own["paths"] and os.path.isfile(os.path.join(folder, str(hashed)))
    }
    if added:
        paths = dict(added, **own["paths"])
        with open(os.path.join(folder, name), "w") as stream:
            json.dump(dict(own, paths=paths), stream)


def _manifest(path):
    try:
        with open(path) as stream:
            content = json.load(stream)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and isinstance(content.get("paths"), dict) else {}


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
