"""Up to which day releases were there for who wrote a list of packages: the day of its newest
pin, as the index tells by what it has up to a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

# Wheels are older than that nowhere.
_FIRST_YEAR = 2013
# What fits a release comes soon after it, and what breaks it later.
_AFTER = timedelta(days=30)
# Of a list that is newer today's releases are those of its time.
_RECENT = timedelta(days=60)


def months(today: date) -> list[date]:
    """The first day of each month up to `today`, and that one."""
    years = range(_FIRST_YEAR, today.year + 1)
    firsts = [date(year, month, 1) for year in years for month in range(1, 13)]
    return [*(day for day in firsts if day < today), today]


def first_day(days: Sequence[date], is_enough: Callable[[date], bool]) -> date | None:
    """The first of the `days` up to which there is enough; None where not even today there is."""
    if not days or not is_enough(days[-1]):
        return None
    low, high = 0, len(days) - 1
    while low < high:
        middle = (low + high) // 2
        if is_enough(days[middle]):
            high = middle
        else:
            low = middle + 1
    return days[high]


def day_of(pinned: date | None, noted: str, today: date) -> str:
    """The day (ISO) to take releases up to: by the newest pin, and by what the project's files
    note; empty where neither tells, or it is of late."""
    days = [pinned + _AFTER] if pinned else []
    days += [date.fromisoformat(noted)] if noted else []
    if not days or max(days) > today - _RECENT:
        return ""
    return max(days).isoformat()
