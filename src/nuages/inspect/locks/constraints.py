"""Poetry's version constraints as specifiers of PEP 440
(https://python-poetry.org/docs/dependency-specification/#version-constraints)."""

from __future__ import annotations

import re

_VERSION = re.compile(r"(\^|~|)\s*v?(\d+(?:\.\d+)*)(\S*)")


def specifier(constraint: str) -> str:
    """`^1.2` as `>=1.2,<2`; empty where anything goes. Of several alternatives (`||`) the last,
    which is the newest as people write them."""
    wanted = re.split(r"\|\|?", constraint)[-1].strip()
    parts = re.split(r"\s*,\s*|\s+(?=[<>=!~^])", wanted)
    return ",".join(filter(None, map(_part, parts)))


def _part(text: str) -> str:
    if text in ("", "*"):
        return ""
    found = _VERSION.fullmatch(text)
    if found is None or text.startswith("~="):
        plain = text.replace(" ", "")
        # What is no constraint must not become a part of the name.
        return plain if plain[0] in "<>=!~" else ""
    sign, numbers, rest = found.groups()
    digits = [int(each) for each in numbers.split(".")]
    if not sign:
        return f"=={numbers}{rest}"
    # The caret keeps the first number that is not 0, the tilde the second one.
    kept = next((index for index, each in enumerate(digits) if each), len(digits) - 1)
    if sign == "~":
        kept = min(1, len(digits) - 1)
    bound = [*digits[:kept], digits[kept] + 1]
    return f">={numbers}{rest},<{'.'.join(map(str, bound))}"
