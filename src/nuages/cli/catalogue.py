"""Every declared code, of errors, findings and causes: found in the code, never listed twice."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nuages.core
from nuages.core.errors import ErrorCode
from nuages.core.finding import Rule
from nuages.diagnose.cause import Cause
from nuages.diagnose.declared.catalogue import CAUSES
from nuages.inspect.declared.catalogue import RULES
from nuages.inspect.edits.offers import OFFERS

# The package's folder; a namespace of its own would have no __file__, its first room has one.
_PACKAGE = Path(nuages.core.__file__).parent.parent
_SIGN = "ErrorCode("
_DJANGO = r"django\.\w+(\.\w+)*\.[A-Z]\d{3}"
_CHECK_TITLE = "A check of Django's, or of a package of the project's"
_CHECK_WHY = (
    "`nuages check --build` runs all of Django's checks, those for deployments too, and shows them "
    "in their own words."
)
_CHECK_FIX = (
    "Look it up at https://docs.djangoproject.com/en/stable/ref/checks/, or silence it: "
    "SILENCED_SYSTEM_CHECKS = ['security.W004']"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What `nuages explain` knows of a code. `kind` is `error`, `cause` or the severity of a
    finding; `needs` what a finding's rule has to have before it speaks (source, build, boot),
    `mended` whether `nuages fix` has an edit for it."""

    code: str
    kind: str
    title: str
    explanation: str
    fix: str
    exit_code: int | None = None
    retryable: bool = False
    needs: str = ""
    mended: bool = False


def read_catalogue() -> dict[str, Entry]:
    """All entries by code, in order. Imports every module that declares a code."""
    entries = dict(sorted((entry.code, entry) for entry in map(_entry, _declared())))
    return {entry.code: entry for entry in entries.values()}


def find_entry(code: str, entries: Mapping[str, Entry]) -> Entry | None:
    """The entry of `code`, in whatever case it is written, a finding's also without `inspect.`;
    one of Django's own checks has what leads to Django's documentation."""
    names = (code.strip().casefold(), f"inspect.{code.strip().casefold()}")
    by_name = {name.casefold(): entry for name, entry in entries.items()}
    found = next((by_name[name] for name in names if name in by_name), None)
    if found is None and re.fullmatch(_DJANGO, code.strip()):
        return Entry(code.strip(), "check", _CHECK_TITLE, _CHECK_WHY, _CHECK_FIX, needs="build")
    return found


def _declared() -> Iterator[ErrorCode | Rule | Cause]:
    yield from RULES.values()
    yield from CAUSES.values()
    for path in sorted(_PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if _SIGN in text and path.name != Path(__file__).name:
            words = path.relative_to(_PACKAGE.parent).with_suffix("").parts
            yield from _values(vars(importlib.import_module(".".join(words))).values())


def _values(things: Iterable[object]) -> Iterator[ErrorCode]:
    """The codes among `things`, and in the tuples, lists and dictionaries among them."""
    for thing in things:
        if isinstance(thing, ErrorCode):
            yield thing
        elif isinstance(thing, (tuple, list)):
            yield from _values(thing)
        elif isinstance(thing, dict) and thing:
            yield from (v for v in thing.values() if isinstance(v, ErrorCode))


def _entry(declared: ErrorCode | Rule | Cause) -> Entry:
    if isinstance(declared, Cause):
        title, fix = declared.shown()
        return Entry(declared.code, "cause", title, declared.why, fix)
    if isinstance(declared, Rule):
        return Entry(
            declared.code,
            str(declared.severity),
            declared.title,
            declared.why,
            declared.fix,
            needs=str(declared.needs),
            mended=declared.code in OFFERS,
        )
    return Entry(
        declared.code,
        "error",
        declared.title,
        declared.explanation,
        declared.hint,
        declared.exit_code,
        declared.retryable,
    )
