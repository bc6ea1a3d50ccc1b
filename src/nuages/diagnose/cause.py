"""How a cause is declared: its words, and the patterns by which output shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nuages.core.system_packages import ways_to_install
from nuages.diagnose.context import Context
from nuages.diagnose.output import Output

Values = Mapping[str, str]
# What stands in documents for values that are no word in capitals.
_SHOWN = {
    "add": "Add a line to requirements.txt: DISTRIBUTION",
    "install": "; ".join(ways_to_install(("PACKAGE",))),
    "label": " APP_LABEL",
    "requirements": "requirements.txt",
    "url": "postgres://USER:PASSWORD@HOST:5432/NAME",
    "python": "Python X.Y",
    "django": "Django X.Y",
    **dict.fromkeys(("version", "first", "last", "found", "wanted"), "X.Y"),
}


class _Shown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name.upper()


@dataclass(frozen=True, slots=True)
class Found:
    """A line that fits a pattern: the groups of the pattern, and all that is known besides."""

    groups: Values
    output: Output
    context: Context


@dataclass(frozen=True, slots=True)
class Pattern:
    """`raised` ones are looked for where an exception is told, the others in every line."""

    expression: re.Pattern[str]
    raised: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """A declared cause. `title` and `fix` have places for values in braces: the groups of the
    pattern, what `fill` gives, and `app`, `requirements`, `application`, `python`, `django` of the
    context.

    `fill` returns None where the line is of something else after all. Among the causes of one
    exception the first that is declared holds, so what is exact stands before what is general.
    """

    code: str
    title: str
    why: str
    fix: str
    patterns: tuple[Pattern, ...]
    fill: Callable[[Found], Values | None] = lambda _: {}

    def shown(self) -> tuple[str, str]:
        """Title and fix as documents have them, with words in capitals for values."""
        return self.title.format_map(_Shown(_SHOWN)), self.fix.format_map(_Shown(_SHOWN))


def raised(kinds: str, message: str) -> Pattern:
    """An exception of these types (`A|B`, without modules) whose message begins so. Its line
    begins with it; in our own messages it stands behind a colon."""
    return Pattern(re.compile(rf"(?:^\s*|: )(?:\w+\.)*(?:{kinds}): {message}"), raised=True)


def said(expression: str) -> Pattern:
    """A line of any kind in which this stands."""
    return Pattern(re.compile(expression), raised=False)


def adds(distribution: str) -> Callable[[Found], Values]:
    """A fill for causes that a package mends: `add` says how."""
    return lambda found: {"add": found.context.add(distribution)}
