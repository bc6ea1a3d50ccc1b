"""Takes values of config vars out of texts before they are stored: raw and in the usual codings."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from nuages.core.secret import REDACTED, Secret

# Shorter values are ordinary words and numbers: taking them out would spoil every message.
SHORTEST_HIDDEN = 4
SHORTEST_PLAIN = 8


class Redactor:
    """Knows the values of one environment; replaces each by `[redacted]` wherever it occurs.

    `hidden` are secrets, `plain` the config vars that are not hidden; both are taken out, short
    plain ones are not.
    """

    def __init__(self, hidden: Iterable[Secret], plain: Iterable[Secret] = ()) -> None:
        needles: set[str] = set()
        for secret in hidden:
            needles |= _needles(secret.reveal(), SHORTEST_HIDDEN)
        for secret in plain:
            needles |= _needles(secret.reveal(), SHORTEST_PLAIN)
        # The longest first, so that a value inside another one leaves no remainder.
        ordered = sorted(needles, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """`text` without the values."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """A JSON value with every text in it, keys too, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(str(value))


def _needles(value: str, shortest: int) -> set[str]:
    parts = {value, value.strip(), *value.splitlines(), _password(value)}
    found: set[str] = set()
    for part in parts:
        if len(part) >= shortest:
            found |= _codings(part)
    return found


def _codings(part: str) -> set[str]:
    data = part.encode(errors="surrogatepass")
    return {
        part,
        quote(part, safe="", errors="replace"),
        quote(part, errors="replace"),
        quote_plus(part, errors="replace"),
        json.dumps(part)[1:-1],
        json.dumps(part, ensure_ascii=False)[1:-1],
        repr(part)[1:-1],
        html.escape(part),
        data.hex(),
        *_base64(data),
    }


def _base64(data: bytes) -> set[str]:
    """What `data` looks like inside base64, at each of the three places it can begin at; the
    characters that depend on its neighbours are left away."""
    found = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        start = (0, 2, 3)[offset]
        end = len(encoded) - (1 if (offset + len(data)) % 3 else 0)
        core = encoded[start:end]
        if len(core) >= SHORTEST_HIDDEN:
            found |= {core, core.replace("+", "-").replace("/", "_")}
    return found


def _password(value: str) -> str:
    """The password in a URL, which a driver's error may show by itself; else empty."""
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""
