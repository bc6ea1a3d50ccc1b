"""Rules about releases of Django and Python that get no security fixes any more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from nuages.core.facts import Facts
from nuages.inspect.declared.packages import END_OF_LIFE_DJANGO, END_OF_LIFE_PYTHON
from nuages.inspect.evidence import Evidence
from nuages.inspect.rules.packages import OLDEST, newest_django

# https://www.djangoproject.com/download/#supported-versions, "End of extended support".
DJANGO: Mapping[tuple[int, int], date] = {
    (4, 2): date(2026, 4, 30),
    (5, 0): date(2025, 4, 30),
    (5, 1): date(2025, 12, 31),
    (5, 2): date(2028, 4, 30),
    (6, 0): date(2027, 4, 30),
    (6, 1): date(2027, 12, 31),
}
# https://devguide.python.org/versions/, "End of life".
PYTHON: Mapping[tuple[int, int], date] = {
    (3, 6): date(2021, 12, 23),
    (3, 7): date(2023, 6, 27),
    (3, 8): date(2024, 10, 7),
    (3, 9): date(2025, 10, 31),
    (3, 10): date(2026, 10, 31),
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}


def check_lifetimes(evidence: Evidence, facts: Facts, today: date) -> None:
    """Say which of the two is past its end on `today`. A Django that is older than all of these
    has a rule of its own."""
    newest, file, line = newest_django(evidence)
    if newest is not None and newest >= OLDEST:
        series = max((each for each in DJANGO if each <= newest), default=None)
        if series is not None and DJANGO[series] < today:
            message = f"Django {_said(series)} gets no security fixes since {DJANGO[series]:%B %Y}"
            evidence.remarks.say(END_OF_LIFE_DJANGO, message, file, line)
    python = facts.python
    exact = re.fullmatch(r"(\d)\.(\d+)", python.value)
    if exact is None or python.origin == "default":
        return
    version = (int(exact[1]), int(exact[2]))
    end = PYTHON.get(version)
    if end is not None and end < today:
        message = f"Python {_said(version)} gets no security fixes since {end:%B %Y}"
        evidence.remarks.say(END_OF_LIFE_PYTHON, message, python.file, python.line)


def _said(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
