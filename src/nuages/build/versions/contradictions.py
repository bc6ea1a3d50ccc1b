"""Releases that a list names and that contradict each other: what `pip freeze` writes of an
environment that was brought up to date one package at a time, or by a pip before 20.3. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.utils import canonicalize_name

# As uv says it; in one sentence a package may stand with a release or without.
_AGAINST = re.compile(r"(\S+) depends on ([A-Za-z0-9][\w.-]*)([^\s\w.-]\S*)")
_NO_WAY = ("unsatisfiable", "incompatible")


def contradiction(output: str, pins: Sequence[tuple[str, str]]) -> str:
    """What uv found against one of the `pins`, in words: `a==1 depends on b<2, and b==3 is named`;
    empty where the releases that are named are not why it failed."""
    named = dict(pins)
    text = " ".join(output.split())
    if not any(word in text for word in _NO_WAY):
        return ""
    for who, name, bounds in _AGAINST.findall(text):
        version = named.get(canonicalize_name(name))
        if version:
            return f"{who} depends on {name}{bounds.rstrip('.,')}, and {name}=={version} is named"
    return ""
