"""Settings that are no module of names: classes of django-configurations, or what a project of
one file hands to `settings.configure()`."""

import importlib
import os


def prepare():
    """Have Django's settings made as the project's own program makes them: by the class that
    DJANGO_CONFIGURATION names, or by importing the module that NUAGES_CONFIGURED_BY names. To be
    called before settings are loaded."""
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        if os.environ.get("NUAGES_CONFIGURED_BY"):
            importlib.import_module(os.environ["NUAGES_CONFIGURED_BY"])
        return
    if not os.environ.get("DJANGO_CONFIGURATION"):
        return
    try:
        from configurations import importer
    except ImportError:
        return
    importer.install()
