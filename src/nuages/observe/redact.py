"""Takes secret values out of text before anybody reads it, in the forms in which they leak."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, urlsplit

from nuages.core.secret import REDACTED

# A shorter value is likelier to be an ordinary word, and replacing it would spoil every line.
SHORTEST = 4
_SHORTEST_BASE64 = 8


class Redactor:
    """Replaces given values by `[redacted]`: as they are, URL-encoded, as JSON or Python would
    print them, in base64 (also in the midst of something longer, such as a Basic
    authorisation), each line of a longer one, and the password of a URL by itself."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def redact(self, text: str) -> str:
        """`text` without the values."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text


def _forms(value: str) -> Iterator[str]:
    for part in _parts(value):
        if len(part.strip()) < SHORTEST:
            continue
        yield part
        yield quote(part, safe="")
        yield quote(part)
        yield quote_plus(part)
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]
        yield repr(part)[1:-1]
        yield from _base64_forms(part.encode())
    if len(value) >= SHORTEST:
        yield from _base64_forms(value.encode())


def _parts(value: str) -> Iterator[str]:
    """The value, its lines, and the password where it is a URL."""
    yield from {value, *value.splitlines()}
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return
    if password:
        yield from {password, unquote(password)}


def _base64_forms(data: bytes) -> Iterator[str]:
    """What of `data` is the same in every base64 text that holds it: one form for each place
    within a group of three bytes, without the characters that its neighbours share."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode()
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        core = encoded[first:last]
        if len(core) >= _SHORTEST_BASE64:
            yield core
            yield core.replace("+", "-").replace("/", "_")
