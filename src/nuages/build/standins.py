"""Stand-ins: what a probe sees in place of config vars whose values it may not see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nuages.core.facts import VariableRead

_BY_CAST = {"bool": "False", "int": "0", "list": "", "unknown": "0"}


def stand_ins(hidden: Iterable[str], reads: Iterable[VariableRead]) -> dict[str, str]:
    """A stand-in for each of the `hidden` config vars without which the settings do not load.

    The others are left out: a project that asks whether one is there is to take its default.
    """
    names = set(hidden)
    needed = {read.name: read for read in reads if read.required and read.name in names}
    return {name: stand_in(name, read.cast) for name, read in sorted(needed.items())}


def stand_in(name: str, cast: str = "str") -> str:
    """A value of the kind that the settings make of it, such that loading them succeeds."""
    word = name.upper()
    if cast == "url":
        # Schemes that django-environ and dj-database-url know.
        known: Mapping[str, str] = {"CACHE": "locmemcache://", "EMAIL": "consolemail://"}
        return next((url for part, url in known.items() if part in word), "sqlite://:memory:")
    if cast in _BY_CAST:
        return _BY_CAST[cast]
    if word.endswith("DSN"):
        return "https://build@localhost/1"
    return "http://localhost/" if word.endswith(("URL", "URI")) else "build"
