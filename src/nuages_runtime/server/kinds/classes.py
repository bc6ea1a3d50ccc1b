"""Which server runs an app: gunicorn with one of its kinds of workers, uvicorn, or uWSGI."""

import importlib.util
import os
import shutil
import sys

VARIABLE = "NUAGES_SERVER_CLASS"
NAMES = ("gthread", "sync", "gevent", "uvicorn", "uwsgi")
# The distribution that each takes besides gunicorn, which is in every image, and its module.
_NEEDS = {"gevent": "gevent", "uvicorn": "uvicorn"}
UWSGI = "uwsgi"


class Unusable(Exception):  # noqa: N818 - what the class of server is
    """There is no such class of server, or its package is not there."""


def asked_for():
    """The class that NUAGES_SERVER_CLASS names, usable here; empty where it names none. Raises
    Unusable."""
    name = os.environ.get(VARIABLE, "").strip().lower()
    if not name:
        return ""
    if name not in NAMES:
        raise Unusable("there is no server class '{}'; there are {}".format(name, ", ".join(NAMES)))
    if not is_there(name):
        package = _NEEDS.get(name, "pyuwsgi")
        raise Unusable(
            "the server class '{}' needs the package {}, which is not installed: add it to the "
            "project's requirements".format(name, package)
        )
    return name


def is_there(name):
    """Whether what a class of server takes is installed."""
    if name == UWSGI:
        return bool(uwsgi_program())
    return name not in _NEEDS or importlib.util.find_spec(_NEEDS[name]) is not None


def uwsgi_program():
    """The path of uWSGI, in this environment or elsewhere; empty where there is none."""
    own = os.path.join(os.path.dirname(sys.executable), UWSGI)
    return own if os.access(own, os.X_OK) else shutil.which(UWSGI) or ""


def interface_of(name, otherwise):
    """The interface that a class of server speaks; `otherwise` where none is named."""
    if not name:
        return otherwise
    return "asgi" if name == "uvicorn" else "wsgi"
