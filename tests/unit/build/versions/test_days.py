"""The day of a list of packages."""

from __future__ import annotations

from datetime import date

import pytest

from nuages.build.versions.days import day_of, first_day, months

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize("newest", ["2013-01-01", "2019-06-20", "2022-12-31", "2026-11-01"])
def test_the_first_day_with_all_is_found_in_a_few_questions(newest: str) -> None:
    asked: list[date] = []

    def is_enough(day: date) -> bool:
        asked.append(day)
        return day >= date.fromisoformat(newest)

    found = first_day(months(TODAY), is_enough)
    assert found == next(day for day in months(TODAY) if day >= date.fromisoformat(newest))
    assert len(asked) < 12


def test_there_is_no_day_for_what_cannot_be_had_at_all() -> None:
    assert first_day(months(TODAY), lambda _: False) is None
    assert first_day([], lambda _: True) is None


@pytest.mark.parametrize(
    ("pinned", "noted", "day"),
    [
        (date(2022, 5, 1), "", "2022-05-31"),
        # What is newer counts: neither may be unreachable.
        (date(2022, 5, 1), "2020-01-01", "2022-05-31"),
        (date(2022, 5, 1), "2023-01-01", "2023-01-01"),
        (None, "2023-01-01", "2023-01-01"),
        (None, "", ""),
        (date(2026, 10, 1), "2020-01-01", ""),
    ],
)
def test_a_list_is_of_the_day_of_what_is_newest(pinned: date | None, noted: str, day: str) -> None:
    assert day_of(pinned, noted, TODAY) == day
