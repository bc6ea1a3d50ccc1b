"""Ways around distributions that this machine cannot compile: what is installed in their place.

A database driver with a compiled form of the same code gives way to it; a driver or a server that
the app has no use for here is left out. Decided from what lies in /usr, before anything is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from nuages.build.system.lacking import usual_packages
from nuages.core.facts import Dependencies

# Whether a program is there for what runs in a sandbox.
Has = Callable[[str], bool]
_COMPILERS = ("cc", "gcc")
# What compiling a distribution starts first: one of each group has to be there.
_TAKES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "psycopg2": (_COMPILERS, ("pg_config",)),
    "mysqlclient": (_COMPILERS, ("mysql_config", "mariadb_config")),
    "uwsgi": (_COMPILERS,),
    "mod-wsgi": (_COMPILERS, ("apxs", "apxs2")),
}
_INSTEAD: Mapping[str, str] = {"psycopg2": "psycopg2-binary"}
# The first psycopg2-binary with a wheel for a Python, as PyPI has them.
_OLDEST: Mapping[str, str] = {
    "3.10": "2.9.1", "3.11": "2.9.5", "3.12": "2.9.9", "3.13": "2.9.10", "3.14": "2.9.11",
}  # fmt: skip
# Django before 3.1 does not work with psycopg2 2.9 (https://code.djangoproject.com/ticket/31784).
_DJANGO_BEFORE_29 = re.compile(r"(?:1\.|2\.|3\.0\b)")


@dataclass(frozen=True, slots=True)
class Way:
    """`distribution` gives way to `instead`, or to nothing where that is empty; `takes` are the
    system packages that would compile it."""

    distribution: str
    instead: str
    takes: tuple[str, ...]


def has_program(name: str) -> bool:
    """Whether a sandbox finds the program."""
    return any(Path(folder, name).exists() for folder in ("/usr/bin", "/bin"))


def can_have(_name: str) -> bool:
    """Every program: where packages of a distribution are installed for each build."""
    return True


def ways_around(dependencies: Dependencies, unneeded: tuple[str, ...], has: Has) -> tuple[Way, ...]:
    """The ways that are taken. `unneeded` are distributions that the app can do without."""
    named = dependencies.names | {name for name, _ in dependencies.pins}
    found = []
    for name, takes in _TAKES.items():
        instead = _INSTEAD.get(name, "")
        if name not in named or (not instead and name not in unneeded):
            continue
        if not all(any(map(has, group)) for group in takes):
            found.append(Way(name, instead, usual_packages(name)))
    return tuple(found)


def requirement(way: Way, dependencies: Dependencies, minor: str) -> str:
    """What to install in the place of a distribution, with a Python `3.12`: the same version, or
    the first that has a wheel for it; empty for nothing."""
    pins = dict(dependencies.pins)
    if not way.instead or way.instead in dependencies.names or way.instead in pins:
        return ""
    oldest, pin = _OLDEST.get(minor, ""), pins.get(way.distribution, "")
    try:
        if pin and Version(pin) >= Version(oldest or "0"):
            return f"{way.instead}=={pin}"
    except InvalidVersion:
        pin = ""
    bounds = [f">={oldest or pin}"] if oldest or pin else []
    if _DJANGO_BEFORE_29.match(pins.get("django", "")) and not oldest:
        bounds.append("<2.9")
    return way.instead + ",".join(bounds)


def override(way: Way) -> str:
    """A line that has uv pass over a distribution, whoever asks for it."""
    return f"{way.distribution} ; python_version < '0'"
