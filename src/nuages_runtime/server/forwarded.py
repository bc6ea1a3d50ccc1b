"""What the proxy says of a request becomes part of it: the visitor's address and the scheme.

Requests arrive over a unix socket that only the proxy reaches, and the proxy sets these headers
itself; so they are believed without looking at who sent them.
"""

import os
import re
import shutil
import tempfile

_SCHEMES = ("http", "https")
_PORTS = {"https": 443, "wss": 443}
_HOST = re.compile(r"(.*?)(?::([0-9]{1,5}))?$", re.DOTALL)
# Bytes of a body that are kept in memory; the rest goes into a temporary file.
_IN_MEMORY = 1024 * 1024


def visitor(header):
    """The address that the proxy saw: the last one in X-Forwarded-For, without a port."""
    address = header.rpartition(",")[2].strip()
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def server(host, scheme):
    """The name and the port that a Host header means."""
    name, port = _HOST.match(host).groups()
    return name, int(port) if port else _PORTS.get(scheme, 80)


class ForwardedWsgi:
    """WSGI middleware: REMOTE_ADDR and wsgi.url_scheme from the proxy's headers, and a body of
    known length: Django takes one whose length is not announced for empty."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        """Answer as the app does, having been told who asked and how."""
        addresses = environ.get("HTTP_X_FORWARDED_FOR")
        if addresses:
            environ["REMOTE_ADDR"] = visitor(addresses)
        scheme = environ.get("HTTP_X_FORWARDED_PROTO")
        if scheme in _SCHEMES:
            environ["wsgi.url_scheme"] = scheme
        prefix = environ.get("SCRIPT_NAME")
        if prefix and prefix != os.environ.get("SCRIPT_NAME"):
            # gunicorn takes a header of this name for the app's own prefix.
            environ["SCRIPT_NAME"] = ""
            environ["PATH_INFO"] = prefix + environ.get("PATH_INFO", "")
        coding = environ.get("HTTP_TRANSFER_ENCODING", "")
        if "chunked" in coding.lower() and not environ.get("CONTENT_LENGTH"):
            _measure_body(environ)
        return self.app(environ, start_response)


def _measure_body(environ):
    body = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the request's
    shutil.copyfileobj(environ["wsgi.input"], body)
    environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    environ["wsgi.input"] = body
    del environ["HTTP_TRANSFER_ENCODING"]


class ForwardedAsgi:
    """ASGI middleware: client, scheme and server from the proxy's headers."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Answer as the app does, having been told who asked and how."""
        if scope["type"] in ("http", "websocket"):
            headers = dict(scope["headers"])
            scope = dict(scope)
            addresses = headers.get(b"x-forwarded-for")
            if addresses:
                scope["client"] = (visitor(addresses.decode("latin-1")), 0)
            scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
            if scheme in _SCHEMES:
                web = scope["type"] == "http"
                scope["scheme"] = scheme if web else {"http": "ws", "https": "wss"}[scheme]
            host = headers.get(b"host", b"").decode("latin-1")
            if host:
                # A unix socket has neither name nor port.
                scope["server"] = server(host, scope.get("scheme"))
        await self.app(scope, receive, send)
