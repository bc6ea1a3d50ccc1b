"""Static files under names that carry a digest of their content, whatever they refer to.

Django's own storage of the kind ends `collectstatic`, or a page, where a stylesheet names a
file that is not there. Here such a reference stays as it is written.
"""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from nuages_runtime.overlay.document import warned


class Lenient:
    """What makes a storage with a manifest never raise for what is missing: a reference in a
    file, or a name asked for by a page."""

    def hashed_name(self, name, content=None, filename=None):
        """The name with its digest; the name itself where there is no such file."""
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            warned("A static file refers to '{}', which is not there".format(name))
            return name

    def post_process(self, *args, **kwargs):
        """As the storage's own, but what cannot be processed stays under its plain name."""
        for name, hashed, processed in super().post_process(*args, **kwargs):
            if isinstance(processed, Exception):
                warned("Static files: {}: {}".format(name, processed))
                continue
            yield name, hashed, processed


class HashedStaticFilesStorage(Lenient, ManifestStaticFilesStorage):
    """ManifestStaticFilesStorage that never raises for what is missing. Names have 12 hex
    digits, as Django's have."""

    # Strict, so that a name that was not collected is told apart, instead of being given a
    # digest under which nothing was ever stored.
    manifest_strict = True

    def stored_name(self, name):
        """The name with its digest as collected; the name itself where it was not."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name
