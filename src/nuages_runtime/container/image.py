"""What an image says of itself: the document that NUAGES_IMAGE names."""

import json
import os

VARIABLE = "NUAGES_IMAGE"
FILE = "/nuages/image.json"


class Unreadable(Exception):  # noqa: N818 - what the file is
    """There is no document that can be read; the text says which and why."""


class Image:
    """An image as its containers know it: how it is to be run, decided when it was built.

    The names are those of the platform's Blueprint (`nuages/core/image.py`); besides, `project` is
    the project's folder below /app, `static_root` where the collected files lie.
    """

    def __init__(self, document):
        own = document.get
        self.settings = own("settings") or ""
        self.configuration = own("configuration") or ""
        self.application = own("application") or ""
        self.interface = own("interface") or "wsgi"
        self.server = own("server") or ""
        self.processes = dict(own("processes") or ())
        self.processes.pop("release", None)
        self.processes.setdefault("web", "")
        self.release_commands = list(own("release_commands") or ())
        self.health_path = own("health_path") or ""
        self.overlay = own("overlay", True)
        self.keep = list(own("keep") or ())
        self.reads = list(own("reads") or ())
        self.feeds = _pairs(own("feeds"))
        self.fills = _pairs(own("fills"))
        self.defaults = [_pairs(group) for group in own("defaults") or ()]
        self.spatial = bool(own("spatial"))
        self.paths = list(own("paths") or ())
        self.folders = list(own("folders") or ())
        self.project = own("project") or "."
        self.static_root = own("static_root") or ""
        self.python_version = own("python_version") or ""


def _pairs(rows):
    return [tuple(row) for row in rows or ()]


def read_image():
    """The image of this container; raises Unreadable."""
    path = os.environ.get(VARIABLE) or FILE
    try:
        with open(path) as stream:
            return Image(json.load(stream))
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable(
            "{} cannot be read: {}; it is a part of every image that 'nuages build' makes, and "
            "{} names it".format(path, why, VARIABLE)
        ) from None
