"""The steps of a deployment, as people see them."""

from __future__ import annotations

import io

import pytest

from nuages.cli.progress import Progress

STEPS = [
    {"kind": "step.started", "step": "build"},
    {"kind": "said", "step": "build", "message": "12 packages"},
    {"kind": "step.done", "step": "build", "seconds": 1.234, "message": "from the cache"},
    {"kind": "step.started", "step": "ready"},
    {"kind": "step.failed", "step": "ready", "seconds": 3.0, "message": "secret"},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    progress = Progress(stream)
    for step in STEPS:
        progress.show(step)
    progress.close()
    return stream.getvalue()


def test_away_from_a_terminal_each_step_is_a_plain_line() -> None:
    assert shown(io.StringIO()).splitlines() == [
        "    12 packages",
        "  build       1.23 s  from the cache",
        "  ready       3.00 s  failed",
    ]


def test_on_a_terminal_the_last_line_names_what_is_done_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")

    text = shown(Terminal())

    assert "\r\x1b[K  build ..." in text
    assert text.endswith("\r\x1b[K")


def test_no_color_leaves_colours_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[31m" not in shown(Terminal())
