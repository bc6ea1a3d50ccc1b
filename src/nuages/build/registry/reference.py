"""The name of an image on a registry, as people write it, becomes its parts.

The grammar is that of container engines; of repositories, tags and digests it is that of
https://specs.opencontainers.org/distribution-spec/#pulling-manifests.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nuages.build.registry.errors import REFERENCE_INVALID, REGISTRY_UNNAMED
from nuages.core.errors import NuagesError

REGISTRY = "NUAGES_REGISTRY"
INSECURE = "NUAGES_INSECURE_REGISTRIES"
# What a reference without a tag and a digest means, everywhere.
DEFAULT_TAG = "latest"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::(?P<port>[0-9]{{1,5}}))?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NAME_LENGTH = 255
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Reference:
    """An image on a registry: `registry` is a host with its port where one was written; of `tag`
    and `digest` at least one is there."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str, variables: Mapping[str, str] = os.environ) -> Reference:
        """The parts of `text`; without a host of its own it is on NUAGES_REGISTRY of `variables`.

        Raises build.E040 and E041.
        """
        rest, at, digest = text.partition("@")
        if at and not DIGEST.fullmatch(digest):
            raise _invalid(text, "what follows the @ is no SHA-256 digest")
        name, tag = _split_tag(rest)
        if tag is not None and not _TAG.fullmatch(tag):
            raise _invalid(text, "what follows the last colon is no tag")
        registry, repository = _split_host(name)
        if not registry:
            registry, repository = _completed(text, name, variables)
        if not _is_host(registry):
            raise _invalid(text, f"'{registry[:_SHOWN]}' is no host")
        if not _REPOSITORY.fullmatch(repository):
            raise _invalid(text, f"'{repository[:_SHOWN]}' is no repository")
        if len(registry) + 1 + len(repository) > _NAME_LENGTH:
            raise _invalid(text, f"it is longer than {_NAME_LENGTH} characters")
        return cls(registry, repository, tag or ("" if digest else DEFAULT_TAG), digest)

    @property
    def target(self) -> str:
        """What names the manifest in the repository: the digest where there is one."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}{'@' if self.digest else ''}{self.digest}"


def insecure_registries(variables: Mapping[str, str]) -> frozenset[str]:
    """The hosts that may be talked to by http, as NUAGES_INSECURE_REGISTRIES lists them."""
    return frozenset(
        filter(None, (each.strip() for each in variables.get(INSECURE, "").split(",")))
    )


def is_plain(host: str, insecure: frozenset[str]) -> bool:
    """Whether a host (with its port, where it has one) is talked to by http: this machine itself,
    and those that somebody said it of, with or without the port."""
    name = host_name(host)
    return host in insecure or name in insecure or is_loopback(name)


def host_name(host: str) -> str:
    """A host without its port, and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(name: str) -> bool:
    """Whether the name of a host is this machine itself."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _split_tag(rest: str) -> tuple[str, str | None]:
    """The name and the tag; the colon of a port is followed by a slash."""
    name, colon, tag = rest.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (rest, None)


def _split_host(name: str) -> tuple[str, str]:
    """The host and the repository; a first part is a host where it has a dot, a colon or a capital
    letter, or is `localhost`."""
    first, slash, rest = name.partition("/")
    is_host = bool(re.search(r"[.:\[]", first)) or first == "localhost" or first != first.lower()
    return (first, rest) if slash and is_host else ("", name)


def _completed(text: str, name: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """The host and the repository of a short name."""
    default = variables.get(REGISTRY, "").strip().rstrip("/")
    if not default:
        message = f"'{text[:_SHOWN]}' names no registry, and {REGISTRY} is not set"
        raise NuagesError(REGISTRY_UNNAMED, message)
    registry, _, prefix = default.partition("/")
    if not _is_host(registry) or (prefix and not _REPOSITORY.fullmatch(prefix)):
        message = f"{REGISTRY} is '{default[:_SHOWN]}', which is no host and no beginning of a path"
        hint = f"Set it to the host alone: {REGISTRY}=registry.example.org"
        raise NuagesError(REGISTRY_UNNAMED, message, hint=hint)
    return registry, f"{prefix}/{name}" if prefix else name


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text)
    return found is not None and int(found["port"] or 1) in range(1, 65536)


def _invalid(text: str, why: str) -> NuagesError:
    return NuagesError(REFERENCE_INVALID, f"'{text[:_SHOWN]}': {why}")
