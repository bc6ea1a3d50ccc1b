"""Tables, times and sizes as people read them."""

from __future__ import annotations

import time

import pytest

from nuages.cli import output


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (300, "5 min"), (7200, "2 h"), (172800, "2 d"), (-3, "0 s")]
)
def test_a_duration_has_one_unit(seconds: float, text: str) -> None:
    assert output.since(1_000_000 - seconds, now=1_000_000) == text


def test_a_time_is_shown_in_local_time_whatever_its_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert output.moment(0) == "1970-01-01 02:00:00"
        assert output.moment("1970-01-01T00:00:00Z") == "1970-01-01 02:00:00"
        assert output.moment("1970-01-01T02:00:00+02:00") == "1970-01-01 02:00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_is_no_time_is_shown_as_it_is() -> None:
    assert output.moment("soon") == "soon"
    assert output.moment(None) == "-"


def test_a_table_is_aligned_and_shows_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "polls", "domains": ["a", "b"]}, {"name": "blog"}]

    output.write_table({"NAME": "name", "DOMAINS": "domains"}, rows)

    assert capsys.readouterr().out == "NAME   DOMAINS\npolls  a, b\nblog   -\n"


def test_memory_is_shown_in_megabytes() -> None:
    assert output.size(50 * 1024 * 1024) == "50 MB"
    assert output.size(None) == "-"
