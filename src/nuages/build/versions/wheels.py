"""Which pinned distributions have no wheel for a Python, and which Python has more wheels.

A release of a package with compiled parts has wheels for the Pythons of its time alone; with a
newer one it would have to be compiled, which old code seldom lets anybody do. The index knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

# Those of some lines that have no wheel for a Python; None where that cannot be told, because
# they cannot be had with it for another reason.
Wheelless = Callable[[str, Sequence[str]], frozenset[str] | None]
# As uv says it, of what it may not build.
_WITHOUT = re.compile(
    r"\b([A-Za-z0-9][\w.-]*)==[^\s,]+ has no (?:usable wheels|wheels|built distribution)"
)
# Each takes a resolution, from the cache.
_MOST = 60
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?={2,3}\d[^\s;,*]*")


def pinned(lines: Iterable[str]) -> list[str]:
    """The lines that pin a distribution to one release, without hashes."""
    plain = (line.partition(" --hash")[0].strip() for line in lines)
    return [line for line in plain if _PIN.match(line)]


def left_open(lines: Iterable[str], besides: Iterable[str] = ()) -> list[str]:
    """The lines that pin nothing to one release, but for those that are `besides`."""
    passed = {*besides, *pinned(lines)}
    return [line for line in lines if line not in passed and not _PIN.match(line)]


def ask_wheelless(
    lines: Sequence[str], compile_lines: Callable[[Sequence[str]], tuple[int, str]]
) -> frozenset[str] | None:
    """What `Wheelless` answers: `compile_lines` resolves lines with wheels only, and gives back
    its exit code and what it said, which names one at a time."""
    left, without = list(lines), set[str]()
    for _ in range(_MOST):
        code, output = compile_lines(left)
        if code == 0:
            return frozenset(without)
        told = named(output)
        now = [line for line in left if name_of(line) in told]
        if not now:
            return None
        without.update(now)
        left = [line for line in left if line not in now]
    return None


def named(output: str) -> frozenset[str]:
    """The normalised names of what uv says has no wheel."""
    return frozenset(_normalised(name) for name in _WITHOUT.findall(output))


def name_of(line: str) -> str:
    """The normalised name of a pinned distribution."""
    found = _PIN.match(line)
    return _normalised(found[1]) if found else ""


def better_python(
    minor: str, older: Sequence[str], lines: Sequence[str], wheelless: Wheelless
) -> tuple[str, frozenset[str]]:
    """The Python to take instead of `minor`, and the lines for which it has wheels and `minor`
    has not: of the `older` ones the one with most, the newest of these. `minor` itself, and no
    lines, where none has more."""
    without = wheelless(minor, lines)
    best, gained = minor, frozenset[str]()
    for each in older if without else ():
        now = wheelless(each, lines)
        if now is None or without is None or not now <= without:
            continue
        if len(without - now) > len(gained):
            best, gained = each, without - now
        if gained == without:
            break
    return best, gained


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
