"""Where a container's app is, from the variables that it was given. Pure."""

import json
import re

from nuages_runtime.given.surroundings import is_on

_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_SCHEMES = ("http", "https")
_PORTS = {"http": "80", "https": "443"}
_UNNAMED = (
    "no host name was given, so only requests for {} are answered; set DOMAIN to the site's "
    "name (DOMAIN_ALIASES to further ones), or NUAGES_URL=https://NAME where it has TLS"
)


class Address:
    """Host names, the main one first (`*` and `.example.org` may be among the others), `scheme`,
    `port` as `:8443` or empty, and `remark`, a line for the log or an empty one."""

    def __init__(self, hosts, scheme, port, remark=""):
        self.hosts = hosts
        self.scheme = scheme
        self.port = port
        self.remark = remark

    @property
    def parts(self):
        """As the rules of `given.surroundings` take an address."""
        return self.hosts, self.scheme, self.port


def address_of(given, host_name):
    """The address from NUAGES_URL, DOMAIN, DOMAIN_ALIASES and ALLOWED_HOSTS in `given`: DOMAIN
    may have a scheme in front. `host_name` is the container's own."""
    scheme, domain, port = _split(given.get("NUAGES_URL", ""))
    named_scheme, named, named_port = _split(given.get("DOMAIN", ""))
    domain, port = (named or domain), (port or named_port)
    scheme = scheme or named_scheme
    if not scheme:
        scheme = "https" if is_on(given.get("SECURE_SSL_REDIRECT")) else "http"
    aliases = [_split(text)[1] for text in _names(given.get("DOMAIN_ALIASES", ""))]
    hosts = _names(given.get("ALLOWED_HOSTS", ""))
    # A pattern is nothing that a site can be called.
    hosts.sort(key=lambda host: host[0] in "*.")
    found = tuple(dict.fromkeys(filter(None, [domain, *aliases, *hosts])))
    remark = ""
    if not found:
        found = tuple(dict.fromkeys([*_LOCAL, host_name.lower()]))
        remark = _UNNAMED.format(", ".join(found))
    if found[0][0] in "*.":
        found = (found[0].lstrip("*.") or "localhost", *found)
    if port == ":" + _PORTS[scheme]:
        port = ""
    return Address(found, scheme, port, remark)


def _split(text):
    """Scheme, host and port of an address, or of a host name alone; empty what is not there."""
    scheme, mark, rest = text.strip().rpartition("://")
    scheme = scheme.lower() if mark and scheme.lower() in _SCHEMES else ""
    host, _, _ = rest.lower().partition("/")
    match = re.match(r"(\[[0-9a-f:.]+\]|[^:]*)(:[0-9]+)?$", host)
    return (scheme, match.group(1), match.group(2) or "") if match else (scheme, host, "")


def _names(text):
    """A list of host names as projects write it: with commas or spaces, or as JSON has it."""
    if text.lstrip().startswith(('["', "['")):
        try:
            return [str(each).lower() for each in json.loads(text.replace("'", '"')) if each]
        except ValueError:
            pass
    return [part.lower() for part in re.split(r"[\s,;]+", text.replace('"', "")) if part]
