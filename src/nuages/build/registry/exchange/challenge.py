"""What a server wants before it lets us in: the header WWW-Authenticate becomes a value.

RFC 9110, 11.6.1, and https://distribution.github.io/distribution/spec/auth/token/. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# A word of a header (RFC 9110, 5.6.2), which is no secret.
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# A scheme is a word that no `=` follows; a parameter has one.
_PART = re.compile(rf"\s*,?\s*(?:({_TOKEN})\s*=\s*({_QUOTED}|{_TOKEN})|({_TOKEN})(?=[\s,]|$))")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A way to log in: `scheme` in small letters (`bearer`, `basic`), and its parameters."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        return self.parameters.get("realm", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        """What may be done with which repository, as a token says it."""
        return tuple(self.parameters.get("scope", "").split())


def read_challenges(header: str) -> list[Challenge]:
    """The ways that a header offers, in its order; what cannot be read ends it."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while part := _PART.match(header, position):
        name, value, scheme = part.groups()
        if scheme:
            found.append((scheme.lower(), {}))
        elif found:
            found[-1][1][name.lower()] = _unquoted(value)
        position = part.end()
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def choose_challenge(header: str) -> Challenge | None:
    """The way to take: a token where there is a server of tokens, else a password."""
    challenges = read_challenges(header)
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme and (scheme == "basic" or challenge.realm):
                return challenge
    return None


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
