"""What an editor does with the fixes of a SARIF log (§3.55 to 3.57), on its own reading of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any


def replaced(content: bytes, replacements: Iterable[Mapping[str, Any]]) -> bytes:
    """The file after these replacements, of which each names its region in the file before."""
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    text = content.removeprefix(mark).decode()
    starts = [0]
    for line in io.StringIO(text, newline="\n"):
        starts.append(starts[-1] + len(line))
    cuts = []
    for each in replacements:
        region = each["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        assert 0 <= first <= last <= len(text)
        cuts.append((first, last, each["insertedContent"]["text"]))
    # From the last to the first: in this order they can also be made one after the other.
    assert cuts == sorted(cuts, reverse=True)
    for first, last, inserted in cuts:
        text = text[:first] + inserted + text[last:]
    return mark + text.encode()
