"""Static files under names that carry a digest of their content, whatever they refer to.

Django's own storage of the kind ends `collectstatic`, or a page, where a stylesheet or a template
names a file that is not there. Here such a reference stays as it is written.
"""

import sys

from django.contrib.staticfiles import storage as static

from nuages_runtime.overlay.document import current, warned

# Names of files that pages have asked for in vain are told up to this number.
_MOST_TOLD = 100
_told = set()
# The compressed copies that lie beside collected files. WhiteNoise asks for the names of all files
# that it finds, and takes kinds that it does not know for files of their own.
_COPIES = (".zst", ".br", ".gz")


class Lenient:
    """What makes a storage with a manifest never raise for what is missing: a reference in a
    file, or a name asked for by a page."""

    # Strict, so that a name that was not collected is told apart, instead of being given a
    # digest under which nothing was ever stored.
    manifest_strict = True

    def hashed_name(self, name, *args, **kwargs):
        """The name with its digest; the name itself where there is no such file. What else is
        handed over differs: before Django 1.11 a content alone."""
        try:
            return super().hashed_name(name, *args, **kwargs)
        except ValueError:
            _say(name)
            return name

    def stored_name(self, name):
        """The name with its digest as collected; the name itself where it was not."""
        try:
            return super().stored_name(name)
        except ValueError:
            _say(name)
            return name

    def post_process(self, *args, **kwargs):
        """As the storage's own, but what cannot be processed stays under its plain name."""
        for name, hashed, processed in super().post_process(*args, **kwargs):
            if isinstance(processed, Exception):
                warned("Static files: {}: {}".format(name, processed))
                continue
            yield name, hashed, processed


class HashedStaticFilesStorage(Lenient, static.ManifestStaticFilesStorage):
    """ManifestStaticFilesStorage that never raises for what is missing. Names have 12 hex
    digits, as Django's have."""


def attach(module):
    """Prepare `django.contrib.staticfiles.storage`, given as a module: the project's own storage
    with a manifest is lenient too, unless the project keeps its own."""
    overlay = current()
    configured = module.ConfiguredStorage
    if overlay is None or not overlay.enabled or getattr(configured, "_nuages", False):
        return
    if overlay.keep & {"STORAGES", "STATICFILES_STORAGE"}:
        return
    configured._nuages = True
    set_up = configured._setup

    def set_up_lenient(self):
        set_up(self)
        make_lenient(self._wrapped)

    configured._setup = set_up_lenient


def make_lenient(storage):
    """Let a storage with a manifest, of whatever class, pass over references to what is missing;
    any other stays as it is."""
    mixin = getattr(static, "HashedFilesMixin", ())
    if isinstance(storage, mixin) and not isinstance(storage, Lenient):
        kind = type(storage)
        storage.__class__ = type(kind.__name__, (Lenient, kind), {})


def _say(name):
    if name in _told or len(_told) >= _MOST_TOLD or name.endswith(_COPIES):
        return
    _told.add(name)
    warned("A static file refers to '{}', which is not there".format(name))
    overlay = current()
    if overlay is not None and overlay.phase == "run":
        sys.stderr.write("nuages: the static file '{}' is asked for: not there\n".format(name))
