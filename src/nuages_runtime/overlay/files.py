"""Corrections of static files and of the storages behind them."""

import os

from django import VERSION

from nuages_runtime.overlay.data import is_behind_link, is_below
from nuages_runtime.overlay.document import STATIC_PLACES, changed, current

PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED = "nuages_runtime.static.storage.HashedStaticFilesStorage"
_STATICFILES = "django.contrib.staticfiles"
_WHY_HASHED = "names that change with the content can be cached for ever"
# The project's own STATIC_ROOT, where it has one.
_written = {"root": ""}


def static(overlay, target):
    """STATIC_ROOT where there is none or the platform cannot show it, STATIC_URL where there is
    none or Django before 3.1 would take it as relative to each page."""
    if _STATICFILES not in (target.get("INSTALLED_APPS") or ()):
        return
    root = str(target.get("STATIC_ROOT") or "")
    _written["root"] = os.path.join(overlay.project, root) if root else ""
    if "STATIC_ROOT" not in overlay.keep:
        why = _why_not(root, target.get("STATICFILES_DIRS") or (), overlay)
        if why:
            target.put("STATIC_ROOT", overlay.static_root, why)
    _static_folders(overlay, target)
    url = target.get("STATIC_URL")
    if "STATIC_URL" in overlay.keep:
        return
    if not url:
        target.put("STATIC_URL", "/static/", "static files need an address")
    elif VERSION < (3, 1) and not url.startswith(("/", "http://", "https://")):
        target.put("STATIC_URL", "/" + url, "it would be relative to each page")


def _why_not(root, folders, overlay):
    """Why static files cannot be collected to `root`; empty where they can."""
    if not root:
        return "collectstatic needs a place to collect to"
    if not os.path.isabs(root):
        return "where a relative path leads depends on the current folder"
    if os.path.normpath(root) in map(_folder_of, folders):
        return "it is a folder that static files are collected from"
    if is_behind_link(os.path.normpath(root), overlay.project):
        return "a link leads from it to somewhere else"
    if not _can_be_shown(os.path.normpath(root), overlay):
        return "static files can be shown below {} only".format(", ".join(STATIC_PLACES))
    return ""


def _static_folders(overlay, target):
    """Before Django 4.0 a folder that is not there ends `collectstatic`."""
    name = "STATICFILES_DIRS"
    project = target.get(name) or ()
    if VERSION >= (4, 0) or name in overlay.keep or isinstance(project, str):
        return
    used = [each for each in project if os.path.isdir(_folder_of(each))]
    if len(used) != len(project):
        target.put(name, used, "the others are not there, and collectstatic would fail")


def _folder_of(entry):
    # A pair is a prefix and a folder.
    folder = entry[1] if isinstance(entry, (list, tuple)) and len(entry) == 2 else entry
    return os.path.normpath(str(folder))


def project_static_root():
    """The folder that the project itself names as STATIC_ROOT; empty where it names none, or
    one outside of the project."""
    overlay = current()
    root = os.path.normpath(_written["root"]) if _written["root"] else ""
    inside = overlay is not None and root and is_below(root, overlay.project)
    return root if inside and root != overlay.project else ""


def _can_be_shown(root, overlay):
    if root == overlay.static_root:
        return True
    places = (overlay.project, *STATIC_PLACES)
    return root not in places and any(is_below(root, place) for place in places)


def permissions(overlay, target):
    """Before Django 3.0 a large upload kept the mode of its temporary file, which nobody else may
    read: neither can the proxy."""
    unset = target.get("FILE_UPLOAD_PERMISSIONS") is None
    if VERSION < (3, 0) and unset and "FILE_UPLOAD_PERMISSIONS" not in overlay.keep:
        target.put("FILE_UPLOAD_PERMISSIONS", 0o644, "the proxy could not read large uploads")


def storages(overlay, target):
    """The storages that the project means, also where its Django has stopped to read the old
    settings; hashed names where the project has the plain static files storage."""
    if VERSION < (4, 2):
        _old_storages(overlay, target)
        return
    if "STORAGES" in overlay.keep:
        return
    project = target.get("STORAGES") or {}
    used = dict(project)
    if VERSION >= (5, 1) and not target.is_set("STORAGES"):
        for alias, name in (("default", "DEFAULT_FILE_STORAGE"), ("staticfiles", _OLD)):
            if target.is_set(name) and name not in overlay.keep and target.get(name):
                used[alias] = {"BACKEND": target.get(name)}
                why = "Django {}.{} does not read {} any more".format(VERSION[0], VERSION[1], name)
                changed('STORAGES["{}"]'.format(alias), None, used[alias], why)
    if "staticfiles" not in used:
        used["staticfiles"] = {"BACKEND": PLAIN}
    if _wants_hashes(overlay, target, used["staticfiles"].get("BACKEND")):
        used["staticfiles"] = dict(used["staticfiles"], BACKEND=HASHED)
        before = project.get("staticfiles") if target.is_set("STORAGES") else None
        changed('STORAGES["staticfiles"]', before, used["staticfiles"], _WHY_HASHED)
    if used != project:
        target.put_silently("STORAGES", used)
        if VERSION < (5, 1):
            # Django 4.2 and 5.0 keep the old name in step.
            target.put_silently(_OLD, used["staticfiles"].get("BACKEND"))


_OLD = "STATICFILES_STORAGE"


def _old_storages(overlay, target):
    if _wants_hashes(overlay, target, target.get(_OLD)):
        target.put(_OLD, HASHED, _WHY_HASHED)


def _wants_hashes(overlay, target, backend):
    kept = overlay.keep & {_OLD, "STORAGES"}
    return backend == PLAIN and not kept and _STATICFILES in (target.get("INSTALLED_APPS") or ())


def compressor(overlay, target):
    """What django-compressor puts behind addresses in stylesheets: a digest of the file, and not
    of the time of its copy, so that what it makes ahead is what it would make here."""
    name = "COMPRESS_CSS_HASHING_METHOD"
    if "compressor" not in (target.get("INSTALLED_APPS") or ()) or name in overlay.keep:
        return
    # "mtime" is its default.
    if str(target.get(name, "mtime")) == "mtime":
        target.put(name, "content", "files made when the image is built are looked for by it")
