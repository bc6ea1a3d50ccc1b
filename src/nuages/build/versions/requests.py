"""Which Pythons a project can be built with, in the order to try: by its word, by its Django.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from nuages.core.facts import Dependencies, Facts

DEFAULT_PYTHON = "3.12"

# Django's FAQ, "What Python version can I use with Django?". Up to 1.10 it ends before 3.6, the
# oldest that nuages_runtime can be read by, and runs on that one all the same.
_FIRST = ">=3.6,<3.7"
DJANGO_PYTHONS: Mapping[str, str] = {
    "1.8": _FIRST,
    "1.9": _FIRST,
    "1.10": _FIRST,
    "1.11": ">=3.6,<3.8",
    "2.0": ">=3.6,<3.8",
    "2.1": ">=3.6,<3.8",
    "2.2": ">=3.6,<3.10",
    "3.0": ">=3.6,<3.10",
    "3.1": ">=3.6,<3.10",
    "3.2": ">=3.6,<3.11",
    "4.0": ">=3.8,<3.11",
    "4.1": ">=3.8,<3.12",
    "4.2": ">=3.8,<3.13",
    "5.0": ">=3.10,<3.13",
    "5.1": ">=3.10,<3.14",
    "5.2": ">=3.10,<3.15",
    "6.0": ">=3.12,<3.15",
}
_OPEN = ">=3.10"
# Its release notes: 1.11.17 "adds compatibility with Python 3.7".
_LONG_SERIES, _WITH_3_7 = (1, 11), (1, 11, 17)
# Feature releases of Python that can be asked for, the newest first.
_MINORS = tuple(f"3.{minor}" for minor in range(14, 5, -1))
# https://devguide.python.org/versions/, "First release". Packages have wheels from about then on.
_RELEASED: Mapping[str, str] = {
    "3.6": "2016-12-23",
    "3.7": "2018-06-27",
    "3.8": "2019-10-14",
    "3.9": "2020-10-05",
    "3.10": "2021-10-04",
    "3.11": "2022-10-24",
    "3.12": "2023-10-02",
    "3.13": "2024-10-07",
    "3.14": "2025-10-07",
}
# As uv says it of a release that a Python is too old for.
_TOO_OLD = re.compile(r"\b([A-Za-z0-9][\w.-]*==[^\s,]+) depends on Python>=\s*(3\.\d+)")
# More than any series of Python or Django has had.
_PATCHES = 60
# Words that are said to Nuages, and meant.
_SAID = ("flag", "environment", "deploy.toml")


def python_requests(facts: Facts) -> tuple[str, ...]:
    """Version requests in the order to try: the version that the project names; else what its
    range and its Django have in common, 3.12 first, then the newest ones; of the time that the
    packages are of."""
    wanted = facts.python
    exact = is_exact(wanted.value)
    supported = django_pythons(facts.dependencies.value)
    if wanted.origin in _SAID and exact:
        return (wanted.value,)
    # What image a Dockerfile begins with is a hint, and that may be for something else.
    meant = "Dockerfile" not in wanted.file or admits(supported, wanted.value)
    if exact and wanted.origin != "default" and meant and _exists(wanted.value):
        return (wanted.value,)
    admitted = [minor for minor in _MINORS if exact or admits(wanted.value, minor)]
    fitting = [minor for minor in admitted if admits(supported, minor)]
    # A range that its Django knows nothing of is still the project's word.
    ordered = _of_its_time(fitting or admitted, facts.dependencies.value) or [wanted.value]
    first = [DEFAULT_PYTHON] if DEFAULT_PYTHON in ordered else []
    return (*first, *(each for each in ordered if each != DEFAULT_PYTHON))


def _of_its_time(minors: list[str], dependencies: Dependencies) -> list[str]:
    day = dependencies.as_of
    there = [minor for minor in minors if not day or _RELEASED[minor] <= day]
    return there or minors


def other_requests(facts: Facts) -> tuple[str, ...]:
    """Requests to try where none of `python_requests` can be met: what the Django supports, then
    any, each the nearest first. None where somebody asked Nuages for the version."""
    wanted = python_requests(facts)
    known = [_number(each) for each in wanted if each in _MINORS]
    if facts.python.origin in _SAID or not known:
        return ()

    def distance(minor: str) -> tuple[int, int]:
        return min(abs(_number(minor) - each) for each in known), -_number(minor)

    supported = django_pythons(facts.dependencies.value)
    rest = [minor for minor in _MINORS if minor not in wanted]
    fitting = sorted((minor for minor in rest if admits(supported, minor)), key=distance)
    return (*fitting, *sorted((each for each in rest if each not in fitting), key=distance))


def django_pythons(dependencies: Dependencies) -> str:
    """The Pythons that the project's Django supports: the pinned one, else the newest that is
    admitted; a Django that is left open goes with the Python that there is."""
    pin = dict(dependencies.pins).get("django", "")
    if pin:
        return _pythons_of(pin)
    *others, newest = DJANGO_PYTHONS
    if not dependencies.django or admits(dependencies.django, newest):
        return _OPEN
    admitted = (series for series in reversed(others) if admits(dependencies.django, series))
    return DJANGO_PYTHONS.get(next(admitted, ""), _OPEN)


def _pythons_of(pin: str) -> str:
    numbers = tuple(int(each) for each in re.findall(r"\d+", pin)[:3])
    if numbers < _LONG_SERIES or (numbers[:2] == _LONG_SERIES and numbers < _WITH_3_7):
        return _FIRST
    return DJANGO_PYTHONS.get(".".join(pin.split(".")[:2]), _OPEN)


def older_than(minor: str, requests: Iterable[str]) -> list[str]:
    """Those of the requests that are an older feature release than `minor`, the newest first."""
    older = [each for each in requests if each in _MINORS and _number(each) < _number(minor)]
    return sorted(older, key=_number, reverse=True)


def newer_for(output: str, requests: Iterable[str]) -> tuple[list[str], str]:
    """Those of the requests that are new enough for a release that uv says a Python is too old for,
    and what it says, in words; nothing where it says so of none."""
    found = _TOO_OLD.search(output)
    if found is None:
        return [], ""
    release, needed = found.groups()
    newer = [each for each in requests if each in _MINORS and _number(each) >= _number(needed)]
    return newer, f"{release} needs Python {needed} or newer"


def is_exact(request: str) -> bool:
    """Whether a request names one feature release (`3.12`)."""
    return re.fullmatch(r"\d\.\d+", request) is not None


def admits(specifiers: str, series: str) -> bool:
    """Whether some release of a series (`3.12`) fits."""
    try:
        bounds = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return False
    return any(bounds.contains(f"{series}.{patch}") for patch in range(_PATCHES))


def _exists(version: str) -> bool:
    """Whether nuages_runtime can be read by this Python; a newer one than we know is fine."""
    major, minor = (int(each) for each in version.split("."))
    return (major, minor) >= (3, 6)


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])
