"""Delays between starts, and how ends are told."""

from __future__ import annotations

import pytest

from nuages.agent.host import describe_exit, next_delay


def test_delays_double_from_half_a_second_to_a_minute() -> None:
    assert [next_delay(n) for n in (0, 1, 2, 6, 7, 8, 100)] == [0.5, 1, 2, 32, 60, 60, 60]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (137, "was ended by SIGKILL"),
        (143, "was ended by SIGTERM"),
        (255, "was ended by signal 127"),
        (None, "ended while the agent was away"),
    ],
)
def test_an_end_is_told_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words


def test_want_of_memory_is_named_with_its_limit() -> None:
    words = describe_exit(137, out_of_memory=True, limit=512 * 1024 * 1024)
    assert words == "ran out of memory (its limit is 512 MB)"
