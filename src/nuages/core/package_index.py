"""Addresses of package indexes, as projects write them: whose they are, and what may be shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# The names of the index that everything comes from anyway; the older one answers no more.
_DEFAULT = re.compile(r"(?:www\.)?pypi(?:\.python)?\.org")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def host_of(address: str) -> str:
    """The host of an address, without a name, a password or a port; empty where there is none."""
    try:
        return urlsplit(address.removeprefix("git+").strip("'\"")).hostname or ""
    except ValueError:
        return ""


def is_default_index(address: str) -> bool:
    """Whether an address is one of the default index's."""
    return _DEFAULT.fullmatch(host_of(address)) is not None


def is_private(address: str) -> bool:
    """Whether an address comes with a name or a password, or has them filled in."""
    return "$" in address or _CREDENTIALS.search(address) is not None


def without_credentials(text: str) -> str:
    """A text whose addresses show no names and passwords."""
    return _CREDENTIALS.sub("[redacted]@", text)
