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


def test_a_descriptor_whose_callback_raises_is_left_alone_for_a_moment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    loop, calls = Loop(), []
    reader, writer = os.pipe()
    os.write(writer, b"x")

    def fail() -> None:
        calls.append(1)
        if calls.count(1) == 2:
            os.read(reader, 1)
            loop.stop()
        raise RuntimeError("no more descriptors")

    loop.watch(reader, fail)
    loop.later(0.5, lambda: calls.append(0))
    loop.run()
    assert calls == [1, 0, 1]
    assert capsys.readouterr().err.count("RuntimeError: no more descriptors") == 2
    os.close(reader)
    os.close(writer)


def test_what_is_forgotten_during_its_pause_stays_so(capsys: pytest.CaptureFixture[str]) -> None:
    loop, calls = Loop(), []
    reader, writer = os.pipe()
    os.write(writer, b"x")

    def fail() -> None:
        calls.append(1)
        raise RuntimeError("no more descriptors")

    loop.watch(reader, fail)
    loop.later(0.1, lambda: loop.forget(reader))
    loop.later(1.2, loop.stop)
    loop.run()
    assert calls == [1]
    assert capsys.readouterr().err
    os.close(reader)
    os.close(writer)
