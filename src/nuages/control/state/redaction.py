"""Takes values of config vars out of what is stored: texts, and JSON values with texts in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nuages.core.secret import Secret
from nuages.observe.redact import Redactor as TextRedactor

# Plain values are no secrets; shorter ones are ordinary words, which would spoil messages.
SHORTEST_PLAIN = 8


class Redactor:
    """Knows the values of one environment; replaces each by `[redacted]` wherever it occurs.

    `hidden` are secrets, `plain` the config vars that are not hidden; both are taken out, short
    plain ones are not.
    """

    def __init__(self, hidden: Iterable[Secret], plain: Iterable[Secret] = ()) -> None:
        values = [secret.reveal() for secret in hidden]
        values += [v for secret in plain if len(v := secret.reveal()) >= SHORTEST_PLAIN]
        self.texts = TextRedactor([*values, *(value.strip() for value in values)])

    def text(self, text: str) -> str:
        """`text` without the values, and as a database can keep it: a byte of a file name that
        is no UTF-8 is written as `\\udce9`."""
        return self.texts.redact(text).encode(errors="backslashreplace").decode()

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
