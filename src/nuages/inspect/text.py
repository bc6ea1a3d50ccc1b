"""Bytes of a project's file become text, whatever encoding an editor gave them."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text; `encoding` is how it was read, `odd` whether that is not UTF-8."""

    text: str
    encoding: str
    odd: bool = False


def decode(content: bytes) -> Text:
    """Text by its byte order mark, else by its coding line (PEP 263), else UTF-8, else Latin-1,
    which reads anything."""
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            text = content.decode(codec, errors="replace")
            return Text(_lines(text), name, odd=name != "utf-8")
    try:
        return Text(_lines(content.decode("utf-8")), "utf-8")
    except UnicodeDecodeError:
        encoding = _declared(content)
    try:
        text = content.decode(encoding, errors="replace")
    except (LookupError, ValueError):
        # A codec that makes no text (rot13), or that cannot replace.
        encoding = "latin-1"
        text = content.decode(encoding)
    return Text(_lines(text), encoding, odd=encoding == "latin-1")


def _declared(content: bytes) -> str:
    """The encoding that the first two lines declare, as Python reads them; else Latin-1."""
    if not re.search(rb"coding[=:]", content[:400]):
        return "latin-1"
    try:
        return tokenize.detect_encoding(io.BytesIO(content).readline)[0]
    except (SyntaxError, LookupError):
        return "latin-1"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
