"""Pages that name a static file which was not collected: they show its plain name, instead of
ending with an error."""

import sys

from nuages_runtime.overlay.document import current

_said = set()


def attach(module):
    """Prepare `django.contrib.staticfiles.storage`, given as a module: the storages with a
    manifest, of which most are the base of a package's own."""
    overlay = current()
    kind = getattr(module, "ManifestFilesMixin", None)
    if overlay is None or not overlay.enabled or kind is None:
        return
    if overlay.keep & {"STORAGES", "STATICFILES_STORAGE"} or getattr(kind, "_nuages", False):
        return
    kind._nuages = True
    stored_name = kind.stored_name

    def stored_or_plain_name(self, name):
        try:
            return stored_name(self, name)
        except ValueError:
            _say(name)
            return name

    kind.stored_name = stored_or_plain_name


def _say(name):
    if name not in _said:
        _said.add(name)
        sys.stderr.write("nuages: a page names the static file {}, not collected\n".format(name))
