"""Host names as people write them become host names as requests carry them, or a clear error."""

from __future__ import annotations

import ipaddress
import re

from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.home import SOCKET_PATH_MAX
from nuages.route.errors import BAD_DOMAIN, LONG_DOMAIN, RESERVED_DOMAIN
from nuages.route.render import ProxySettings

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Characters that the two editions of IDNA encode differently: browsers and Python's codec would
# disagree about the name.
_AMBIGUOUS = frozenset("ßςẞ\u200c\u200d")
_LONGEST = 253  # RFC 1035, as text
# Below it, and by its label alone, an environment is found by the other apps of its stack.
INTERNAL_DOMAIN = "internal"
# Host names that are the platform's own, in front of the base domain.
RESERVED_LABELS = frozenset({"nuages"})


def host_length_max(settings: ProxySettings) -> int:
    """How many characters a host name may have, so that the path of its socket can be dialled."""
    path = f"{settings.prefix}/sites//web.sock"
    return min(_LONGEST, SOCKET_PATH_MAX - len(path.encode()))


def default_host(environment: EnvironmentName, base_domain: str) -> str:
    """The first address of an environment: `polls-test.localhost`. Raises route.E003."""
    if environment.label in RESERVED_LABELS:
        raise NuagesError(RESERVED_DOMAIN, f"'{environment.label}' is the platform's own name")
    return f"{environment.label}.{base_domain}"


def normalise_domain(text: str, base_domain: str, settings: ProxySettings | None = None) -> str:
    """A domain that somebody wants to add: lower case, in its ASCII form, without a last dot.

    Raises route.E001 for what is no host name, route.E002 for one that is too long, route.E003
    for one that the platform gives out itself.
    """
    host = normalise_host(text)
    longest = host_length_max(settings or ProxySettings())
    if len(host) > longest:
        message = f"'{host}' has {len(host)} characters, and {longest} is the most"
        raise NuagesError(LONG_DOMAIN, message)
    parent = host.partition(".")[2]
    if host in (base_domain, "localhost") or parent == base_domain:
        raise NuagesError(RESERVED_DOMAIN, f"'{host}' belongs to the platform")
    if not parent or parent == INTERNAL_DOMAIN or parent.endswith(f".{INTERNAL_DOMAIN}"):
        message = f"'{host}' is kept for apps to find each other by"
        raise NuagesError(RESERVED_DOMAIN, message, hint="Choose a name such as www.example.com")
    return host


def normalise_host(text: str) -> str:
    """The same of any host name, also of one that is the platform's. Raises route.E001."""
    name = text.strip()
    for sign, what in (("://", "a scheme"), ("/", "a path"), ("@", "a user"), (":", "a port")):
        if sign in name:
            bare = re.sub(r"^.*://", "", name).partition("/")[0].rpartition("@")[2]
            hint = f"Write the host name alone: {bare.partition(':')[0] or 'www.example.com'}"
            raise NuagesError(BAD_DOMAIN, f"'{text}' has {what}", hint=hint)
    if name.startswith("*"):
        hint = "Add each name by itself; names for all subdomains are not served."
        raise NuagesError(BAD_DOMAIN, f"'{text}' has a placeholder", hint=hint)
    host = _to_ascii(text, name.removesuffix("."))
    labels = host.split(".")
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise NuagesError(BAD_DOMAIN, f"'{text}': '{label}' is not a part of a host name")
    if labels[-1].isdigit() and not _is_address(host):
        raise NuagesError(BAD_DOMAIN, f"'{text}' is neither a name nor an IPv4 address")
    return host


def _to_ascii(text: str, name: str) -> str:
    if name.isascii():
        return name.lower()
    if _AMBIGUOUS & set(name):
        hint = "Write it in its ASCII form, beginning with xn--."
        raise NuagesError(BAD_DOMAIN, f"'{text}' has more than one ASCII form", hint=hint)
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise NuagesError(BAD_DOMAIN, f"'{text}' has no ASCII form: {error}") from None


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
