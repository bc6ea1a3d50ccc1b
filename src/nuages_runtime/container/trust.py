"""Whose word on a request is believed: X-Forwarded-* of those whom FORWARDED_ALLOW_IPS names.

In a container anybody may connect. What others say of the visitor and of the scheme is taken out of
their requests, since Django and its packages look at it by themselves.
"""

import ipaddress
import os

from nuages_runtime.given.served import SPOOFABLE
from nuages_runtime.server.forwarded import ForwardedAsgi, ForwardedWsgi

# gunicorn's and uvicorn's name for it; addresses, networks, or `*`.
VARIABLE = "FORWARDED_ALLOW_IPS"
_NAMES = tuple(name.lower() for name in SPOOFABLE if not name.endswith("*"))
_PREFIXES = tuple(name[:-1].lower() for name in SPOOFABLE if name.endswith("*"))


class Trust:
    """Who is believed: FORWARDED_ALLOW_IPS, and always whoever is inside of the container."""

    def __init__(self, text=None):
        names = os.environ.get(VARIABLE, "") if text is None else text
        self._networks = []
        self.is_everybody = False
        self.odd = []
        for name in names.replace(" ", ",").split(","):
            if name == "*":
                self.is_everybody = True
            elif name:
                self._add(name)

    def _add(self, name):
        try:
            self._networks.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            self.odd.append(name)

    def holds(self, address):
        """Whether whoever connects from `address` is believed; a unix socket has none."""
        if self.is_everybody or not address:
            return True
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return found.is_loopback or any(found in network for network in self._networks)


def is_spoofable(name):
    """Whether a header (in lower case) says of a request what only a proxy can know."""
    return name in _NAMES or name.startswith(_PREFIXES)


class OpenWsgi(ForwardedWsgi):
    """WSGI middleware: what a proxy says is believed of those who are."""

    def __init__(self, app):
        super().__init__(app)
        self.trust = Trust()

    def __call__(self, environ, start_response):
        """Answer as the app does."""
        if not self.trust.holds(environ.get("REMOTE_ADDR", "")):
            for key in [key for key in environ if key.startswith("HTTP_")]:
                if is_spoofable(key[5:].lower().replace("_", "-")):
                    del environ[key]
        return super().__call__(environ, start_response)


class OpenAsgi(ForwardedAsgi):
    """ASGI middleware: what a proxy says is believed of those who are."""

    def __init__(self, app):
        super().__init__(app)
        self.trust = Trust()

    async def __call__(self, scope, receive, send):
        """Answer as the app does."""
        client = scope.get("client")
        if scope["type"] in ("http", "websocket") and not self.trust.holds(client and client[0]):
            headers = [
                (name, value)
                for name, value in scope["headers"]
                if not is_spoofable(name.decode("latin-1").lower().replace("_", "-"))
            ]
            scope = dict(scope, headers=headers)
        await super().__call__(scope, receive, send)
