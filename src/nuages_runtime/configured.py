"""Settings that are more than a module of names: the classes of django-configurations."""

import os


def prepare():
    """Let Django's settings be made of the class that DJANGO_CONFIGURATION names, as the
    project's own manage.py and wsgi.py do; to be called before settings are loaded."""
    if not os.environ.get("DJANGO_CONFIGURATION") or not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return
    try:
        from configurations import importer
    except ImportError:
        return
    importer.install()
