"""Which Python has wheels for what is pinned."""

from __future__ import annotations

from collections.abc import Sequence

from nuages.build.versions.wheels import ask_wheelless, better_python, pinned

LINES = ["numpy==1.19.5", "dj-static==0.0.6", "django==3.2.25"]
# The lines without a wheel, by Python.
WITHOUT = {
    "3.12": {"numpy==1.19.5", "dj-static==0.0.6"},
    "3.10": {"numpy==1.19.5", "dj-static==0.0.6"},
    "3.9": {"dj-static==0.0.6"},
    "3.8": {"dj-static==0.0.6"},
    "3.7": None,
}


def wheelless(minor: str, lines: Sequence[str]) -> frozenset[str] | None:
    without = WITHOUT[minor]
    return None if without is None else frozenset(without) & frozenset(lines)


def test_the_newest_python_with_most_wheels_is_better() -> None:
    older = ["3.10", "3.9", "3.8", "3.7"]
    assert better_python("3.12", older, LINES, wheelless) == ("3.9", {"numpy==1.19.5"})


def test_nothing_is_changed_where_none_has_more() -> None:
    assert better_python("3.12", ["3.10", "3.7"], LINES, wheelless) == ("3.12", frozenset())
    assert better_python("3.9", ["3.8"], ["django==3.2.25"], wheelless) == ("3.9", frozenset())
    assert better_python("3.7", ["3.8"], LINES, wheelless) == ("3.7", frozenset())


def test_one_that_lacks_another_wheel_is_no_better() -> None:
    def exchanged(minor: str, _lines: Sequence[str]) -> frozenset[str]:
        return frozenset({"numpy==1.19.5"} if minor == "3.12" else {"django==3.2.25"})

    assert better_python("3.12", ["3.9"], LINES, exchanged) == ("3.12", frozenset())


def test_uv_is_asked_until_it_names_no_more() -> None:
    said = {
        3: "Because numpy==1.19.5 has no usable wheels and you require numpy==1.19.5, …",
        2: "Because dj-static==0.0.6 has no wheels with a matching Python ABI tag (e.g., `cp312`)",
    }
    asked: list[list[str]] = []

    def compile_lines(lines: Sequence[str]) -> tuple[int, str]:
        asked.append(list(lines))
        return (1, said[len(lines)]) if len(lines) in said else (0, "")

    assert ask_wheelless(LINES, compile_lines) == {"numpy==1.19.5", "dj-static==0.0.6"}
    assert asked[-1] == ["django==3.2.25"]
    assert ask_wheelless(LINES, lambda _: (1, "there is no network")) is None


def test_only_pins_are_asked_about() -> None:
    lines = ["a==1.0 --hash=sha256:00", "b>=2", "c[x]===3 ; python_version < '4'", "d"]
    assert pinned(lines) == ["a==1.0", "c[x]===3 ; python_version < '4'"]
