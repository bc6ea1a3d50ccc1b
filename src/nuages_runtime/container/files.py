"""Static files and uploads of a container, which has no proxy of the platform before it.

They are shown by Django's own handlers, whatever server calls these; by WhiteNoise's means, with
the headers that the platform's proxy gives.
"""

import mimetypes
import os
import re
import sys
import threading
from urllib.parse import urlsplit

from nuages_runtime.given.served import HASHED, STAMPED, UPLOAD_HEADERS
from nuages_runtime.overlay.data import is_below
from nuages_runtime.overlay.document import current

_ATTACHED = "_nuages_files"
_METHODS = ("GET", "HEAD")
_CHUNK = 65536
# What more than uploads lies in.
_TOO_WIDE = ("/", "/data", "/app", "/static", "/nuages", "/venv")
_MISSING = "nuages: static files are not served: the package whitenoise is not installed"


def attach(handler, interface):
    """Have a handler class of Django's answer for files, where nobody else will."""
    overlay = current()
    if overlay is None or not overlay.serves_files or getattr(handler, _ATTACHED, False):
        return
    setattr(handler, _ATTACHED, True)
    wrappers = {"wsgi": _wsgi, "asgi": _asgi}
    handler.__call__ = wrappers[interface](handler.__call__, Files())


class Files:
    """Finds the file behind an address; what there is to show is looked for at the first one."""

    def __init__(self):
        self._lock = threading.Lock()
        self._shown = None

    def find(self, method, path):
        """A responder of WhiteNoise's for the file at the path of a request; None for none."""
        if method not in _METHODS or path.endswith("/"):
            return None
        if self._shown is None:
            with self._lock:
                self._shown = self._shown or _look()
        for find in self._shown:
            found = find(path)
            if found is not None:
                return found
        return None


def _look():
    """Functions that find a file, for what this project has to show."""
    try:
        import whitenoise  # noqa: F401 - whether it is there
    except ImportError:
        sys.stderr.write(_MISSING + "\n")
        return (_nothing,)
    return tuple(filter(None, (_static_files(), _uploads()))) or (_nothing,)


def _nothing(_):
    return None


def _static_files():
    from django.apps import apps
    from django.conf import settings
    from whitenoise import WhiteNoise

    prefix = _prefix(getattr(settings, "STATIC_URL", None))
    root = str(getattr(settings, "STATIC_ROOT", None) or "")
    if not prefix or not os.path.isdir(root) or not apps.is_installed("django.contrib.staticfiles"):
        return None
    middleware = getattr(settings, "MIDDLEWARE", None) or getattr(
        settings, "MIDDLEWARE_CLASSES", None
    )
    if any("whitenoise" in str(name).lower() for name in middleware or ()):
        # The project does it itself.
        return None
    hashed, stamped = re.compile(HASHED), re.compile(STAMPED)

    def is_immutable(_, url):
        return bool(hashed.search(url)) and not stamped.search(url)

    shown = WhiteNoise(None, max_age=0, immutable_file_test=is_immutable)
    shown.add_files(root, prefix=prefix)
    return shown.files.get


def _uploads():
    from django.conf import settings

    prefix = _prefix(getattr(settings, "MEDIA_URL", None))
    root = os.path.realpath(str(getattr(settings, "MEDIA_ROOT", None) or "/"))
    if not prefix or root in _TOO_WIDE or is_below(current().project, root):
        return None
    decided = []

    def find(path):
        if not path.startswith(prefix):
            return None
        if not decided:
            decided.append(_is_ours())
        return _upload(root, path[len(prefix) :]) if decided[0] else None

    return find


def _is_ours():
    """Whether uploads are files, and the project has no view of its own for them."""
    from nuages_runtime.overlay.uploads import is_kept_in_files
    from nuages_runtime.urls.media_view import has_media_view

    return is_kept_in_files() and not has_media_view()


def _upload(root, name):
    """As it is: among strangers' files, `victim.pdf.gz` is no other form of `victim.pdf`."""
    from whitenoise.responders import StaticFile

    path = os.path.realpath(os.path.join(root, name)) if "\0" not in name else ""
    hidden = any(part.startswith(".") for part in name.split("/"))
    if hidden or not is_below(path or "/", root) or not os.path.isfile(path):
        return None
    kind, coding = mimetypes.guess_type(path)
    kind = "application/octet-stream" if coding or not kind else kind
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return StaticFile(path, [("Content-Type", kind), *sorted(UPLOAD_HEADERS.items())])


def _prefix(url):
    """The path that addresses of files begin with; empty where they are anybody's, or Django has
    no such files (`/`)."""
    path = urlsplit(str(url or "")).path
    path = "/" + path.strip("/") + "/"
    return "" if path == "//" else path


def _wsgi(call, files):
    def __call__(self, environ, start_response):  # noqa: N807
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        found = files.find(environ["REQUEST_METHOD"], path)
        if found is None:
            return call(self, environ, start_response)
        answer = found.get_response(environ["REQUEST_METHOD"], environ)
        status = "{} {}".format(int(answer.status), answer.status.phrase)
        start_response(status, list(answer.headers))
        if answer.file is None:
            return []
        from wsgiref.util import FileWrapper

        return environ.get("wsgi.file_wrapper", FileWrapper)(answer.file)

    return __call__


def _asgi(call, files):
    async def __call__(self, scope, receive, send):  # noqa: N807
        if scope["type"] != "http" or scope["method"] not in _METHODS:
            await call(self, scope, receive, send)
            return
        import asyncio

        loop = asyncio.get_event_loop()
        found = files.find(scope["method"], scope["path"])
        if found is None:
            await call(self, scope, receive, send)
            return
        asked = {
            "HTTP_" + name.decode("latin-1").upper().replace("-", "_"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        answer = await loop.run_in_executor(None, found.get_response, scope["method"], asked)
        headers = [
            (name.lower().encode("latin-1"), str(value).encode("latin-1"))
            for name, value in answer.headers
        ]
        start = {"type": "http.response.start", "status": int(answer.status), "headers": headers}
        await send(start)
        await _send_file(answer.file, loop, send)

    return __call__


async def _send_file(file, loop, send):
    try:
        while file is not None:
            part = await loop.run_in_executor(None, file.read, _CHUNK)
            if not part:
                break
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if file is not None:
            file.close()
