"""The agent's loop: descriptors, timers, and callbacks that raise."""

from __future__ import annotations

import os

import pytest

from nuages.agent.loop import Loop


def test_timers_come_in_their_order() -> None:
    loop, seen = Loop(), []
    loop.later(0.02, loop.stop)
    loop.later(0.01, lambda: seen.append("b"))
    loop.later(0.0, lambda: seen.append("a"))
    loop.run()
    assert seen == ["a", "b"]


def test_a_cancelled_timer_never_comes() -> None:
    loop, seen = Loop(), []
    loop.later(0.0, lambda: seen.append("a")).cancel()
    loop.later(0.01, loop.stop)
    loop.run()
    assert seen == []


def test_a_readable_descriptor_is_told() -> None:
    loop = Loop()
    reader, writer = os.pipe()
    loop.watch(reader, loop.stop)
    os.write(writer, b"x")
    loop.run()
    loop.forget(reader)
    os.close(reader)
    os.close(writer)


def test_a_callback_that_raises_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    loop = Loop()

    def fail() -> None:
        raise RuntimeError("one instance's trouble")

    loop.later(0.0, fail)
    loop.later(0.01, loop.stop)
    loop.run()
    assert "one instance's trouble" in capsys.readouterr().err


def test_forgetting_what_is_not_watched_is_fine() -> None:
    Loop().forget(0)
