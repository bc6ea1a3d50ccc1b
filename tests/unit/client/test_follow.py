"""A deployment is followed to its end, whatever happens to the connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from nuages.client.client import Client
from nuages.client.errors import BROKEN_OFF, FORBIDDEN, UNREACHABLE
from nuages.client.follow import Patience, follow_deployment
from nuages.core.errors import ErrorCode, NuagesError

END = {"kind": "end", "deployment": {"id": "7"}}


@dataclass
class Feed:
    """A client whose event feed does, connection by connection, what `acts` holds."""

    acts: list[list[dict[str, Any] | ErrorCode]]
    asked: list[int] = field(default_factory=list)

    def deployment_events(self, _: str, after: int) -> Iterator[dict[str, Any]]:
        self.asked.append(after)
        for act in self.acts.pop(0) if self.acts else [UNREACHABLE]:
            if isinstance(act, ErrorCode):
                raise NuagesError(act, "gone")
            yield act


@dataclass
class Clock:
    """Time that passes only where somebody waits."""

    now: float = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def follow(feed: Feed) -> list[dict[str, Any]]:
    clock = Clock()
    patience = Patience(10.0, 0.5, lambda: clock.now, clock.wait)
    return list(follow_deployment(cast("Client", feed), "7", patience))


def step(number: int) -> dict[str, Any]:
    return {"number": number, "kind": "said", "message": f"event {number}"}


def test_events_come_in_order_up_to_the_end() -> None:
    assert follow(Feed([[step(4), step(9), END]])) == [step(4), step(9), END]


def test_a_feed_that_breaks_off_is_taken_up_after_the_last_event() -> None:
    feed = Feed([[step(4), BROKEN_OFF], [UNREACHABLE], [UNREACHABLE], [step(9), END]])

    assert follow(feed) == [step(4), step(9), END]
    assert feed.asked == [0, 4, 4, 4]


def test_a_feed_that_ends_without_its_end_is_taken_up_again() -> None:
    feed = Feed([[step(4)], [END]])

    assert follow(feed) == [step(4), END]


def test_patience_with_an_absent_platform_has_an_end() -> None:
    with pytest.raises(NuagesError, match="not back within 10 s") as raised:
        follow(Feed([[step(4)]]))

    assert raised.value.exit_code == 6


def test_a_long_silence_of_a_platform_that_answers_is_no_absence() -> None:
    clock = Clock()

    class Slow(Feed):
        def deployment_events(self, _: str, after: int) -> Iterator[dict[str, Any]]:
            # A build that says nothing for long, over a connection that holds as long.
            clock.wait(0.0 if len(self.acts) == 1 else 9.0)
            yield from super().deployment_events(_, after)

    feed = Slow([[BROKEN_OFF], [BROKEN_OFF], [BROKEN_OFF], [END]])
    patience = Patience(10.0, 0.5, lambda: clock.now, clock.wait)
    assert list(follow_deployment(cast("Client", feed), "7", patience)) == [END]


def test_a_platform_that_breaks_off_at_once_every_time_is_given_up() -> None:
    with pytest.raises(NuagesError, match="not back within 10 s"):
        follow(Feed([[BROKEN_OFF] for _ in range(40)]))


def test_an_error_that_is_no_absence_is_told_at_once() -> None:
    feed = Feed([[FORBIDDEN], [END]])

    with pytest.raises(NuagesError) as raised:
        follow(feed)

    assert raised.value.code == FORBIDDEN
