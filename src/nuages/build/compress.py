"""A file's compressed forms, made once at build so that no request pays for them."""

from __future__ import annotations

import gzip
import os

import brotli  # type: ignore[import-untyped]
import zstandard

ENDINGS = (".zst", ".br", ".gz")
# Below this size a compressed answer takes as many packets as a plain one.
_SMALLEST = 512
# From this size on a file is compressed less hard: the best levels take seconds a megabyte.
_LARGE = 1024 * 1024
_LARGEST = 64 * 1024 * 1024
# What is not compressed by its own format.
_TEXT = frozenset(
    (
        *(".atom", ".bmp", ".css", ".csv", ".eot", ".geojson", ".htm", ".html", ".ico", ".ics"),
        *(".js", ".json", ".jsonld", ".map", ".md", ".mjs", ".otf", ".po", ".rss", ".scss"),
        *(".svg", ".tex", ".toml", ".topojson", ".tsv", ".ttf", ".txt", ".vtt", ".wasm"),
        *(".webmanifest", ".xhtml", ".xml", ".xsl", ".yaml", ".yml"),
    )
)


def is_compressible(path: str, size: int) -> bool:
    """Whether a file of this name and this size in bytes is worth a try."""
    kind = os.path.splitext(path)[1].lower()  # noqa: PTH122 a text, not a path
    return kind in _TEXT and _SMALLEST <= size <= _LARGEST


def compress(content: bytes) -> dict[str, bytes]:
    """The forms that are smaller than `content`, by the ending that the proxy looks for; the
    same input always gives the same bytes."""
    # On the 1.4 MB of Django's admin the levels above these (19, 9) gain 1 % and take twice as
    # long (zstd) and six times as long (brotli); brotli's 10 gains 8 % at twelve times the cost.
    large = len(content) > _LARGE
    forms = {
        ".zst": zstandard.ZstdCompressor(level=9 if large else 16).compress(content),
        ".br": brotli.compress(content, quality=5 if large else 8),
        ".gz": gzip.compress(content, 6 if large else 9, mtime=0),
    }
    return {ending: data for ending, data in forms.items() if len(data) < len(content)}
