"""Reading logs: the last lines, the ones that come, and what is kept from the reader."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages.observe.logs import LINE_MAX, LogLine, LogReader, log_files, merge, printable, tail
from nuages.observe.redact import Redactor
from nuages.system.logfile import trim_log, write_time


def texts(lines: list[LogLine]) -> list[str]:
    return [line.line for line in lines]


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as stream:
        stream.write(text.encode() if isinstance(text, str) else text)


def test_the_last_lines_come_oldest_first(tmp_path: Path) -> None:
    append(tmp_path / "web.1.log", "".join(f"line {n}\n" for n in range(100)))
    assert texts(tail(tmp_path, 3)) == ["line 97", "line 98", "line 99"]


def test_lines_are_found_across_blocks(tmp_path: Path) -> None:
    append(tmp_path / "web.1.log", "".join(f"{n} {'x' * 100}\n" for n in range(5000)))
    lines = tail(tmp_path, 2000)
    assert [line.line.split()[0] for line in lines] == [str(n) for n in range(3000, 5000)]


@pytest.mark.parametrize("count", [0, 1, 10])
def test_no_log_is_no_line(tmp_path: Path, count: int) -> None:
    assert tail(tmp_path / "nothing", count) == []
    append(tmp_path / "web.1.log", "")
    assert tail(tmp_path, count) == []


def test_an_empty_line_is_a_line_and_an_unfinished_one_too(tmp_path: Path) -> None:
    append(tmp_path / "web.1.log", "a\n\nunfinished")
    assert texts(tail(tmp_path, 5)) == ["a", "", "unfinished"]


def test_files_tell_their_process_and_instance(tmp_path: Path) -> None:
    for name in ("web.2.log", "web.1.log", "web.1.log.times", "release.log", "a.b.3.log", "x.txt"):
        append(tmp_path / name, "x\n")
    found = [(file.process, file.instance) for file in log_files(tmp_path)]
    assert found == [("a.b", 3), ("release", 0), ("web", 1), ("web", 2)]
    assert [file.instance for file in log_files(tmp_path, "web")] == [1, 2]


def test_instances_are_merged_by_the_times_of_their_lines(tmp_path: Path) -> None:
    for name, seconds in (("web.1.log", (10.0, 30.0)), ("web.2.log", (20.0, 40.0))):
        for second in seconds:
            path = tmp_path / name
            size = path.stat().st_size if path.exists() else 0
            append(path, f"at {second:.0f}\n")
            write_time(path, second, size)
    lines = tail(tmp_path, 10)
    assert texts(lines) == ["at 10", "at 20", "at 30", "at 40"]
    assert [line.time for line in lines] == [10.0, 20.0, 30.0, 40.0]


def test_a_line_without_a_time_stays_behind_the_one_before_it() -> None:
    one = [LogLine(5.0, "web", 1, "a"), LogLine(None, "web", 1, "b")]
    two = [LogLine(None, "web", 2, "c"), LogLine(6.0, "web", 2, "d")]
    assert texts(merge([one, two])) == ["c", "a", "b", "d"]


def test_what_was_given_back_to_the_file_system_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "web.1.log"
    append(path, "".join(f"{n:07d}\n" for n in range(100_000)))
    assert trim_log(path, most=400_000, kept=200_000)
    lines = texts(tail(tmp_path, 200_000))
    assert lines[-1] == "0099999"
    assert all(len(line) == 7 and line.isdigit() for line in lines)
    assert 24_000 < len(lines) < 60_000


@pytest.fixture
def reader(tmp_path: Path) -> LogReader:
    return LogReader(tmp_path)


def following(reader: LogReader) -> Iterator[LogLine]:
    for lines in reader.follow(beat=5):
        assert lines, "nothing came"
        yield from lines


def test_following_goes_on_behind_the_last_lines(tmp_path: Path, reader: LogReader) -> None:
    path = tmp_path / "web.1.log"
    append(path, "old\n")
    assert texts(reader.tail(5)) == ["old"]
    append(path, "new 1\nnew 2\n")
    lines = following(reader)
    assert [next(lines).line for _ in range(2)] == ["new 1", "new 2"]


def test_a_written_line_wakes_the_reader_at_once(tmp_path: Path, reader: LogReader) -> None:
    path = tmp_path / "web.1.log"
    append(path, "old\n")
    groups = reader.follow(beat=60)
    writer = threading.Timer(0.2, append, (path, "new\n"))
    started = time.monotonic()
    writer.start()
    lines: list[LogLine] = []
    while not lines:
        lines = next(groups)
    assert texts(lines) == ["new"]
    assert abs((lines[0].time or 0) - time.time()) < 5
    assert time.monotonic() - started < 30


def test_a_quiet_log_gives_a_beat(tmp_path: Path, reader: LogReader) -> None:
    append(tmp_path / "web.1.log", "old\n")
    assert next(reader.follow(beat=0.01)) == []


def test_a_new_instance_is_followed_from_its_first_line(tmp_path: Path, reader: LogReader) -> None:
    append(tmp_path / "web.1.log", "old\n")
    reader.tail(0)
    append(tmp_path / "web.2.log", "first\n")
    line = next(following(reader))
    assert (line.instance, line.line) == (2, "first")


def test_a_line_is_followed_when_it_is_whole(tmp_path: Path, reader: LogReader) -> None:
    path = tmp_path / "web.1.log"
    append(path, "half ")
    reader.tail(0)
    assert next(reader.follow(beat=0.01)) == []
    append(path, "and whole\n")
    assert next(following(reader)).line == "half and whole"


def test_a_program_without_newlines_does_not_hold_the_reader_up(
    tmp_path: Path, reader: LogReader
) -> None:
    append(tmp_path / "web.1.log", "x" * (3 * LINE_MAX))
    line = tail(tmp_path, 1)[0].line
    assert line.startswith("x" * LINE_MAX)
    assert len(line) < LINE_MAX + 10


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    append(tmp_path / "web.1.log", b"caf\xe9 \xff\n")
    assert texts(tail(tmp_path, 1)) == ["caf� �"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x1b[2J", "\\x1b[2J"),
        ("tab\there", "tab\there"),
        ("50 %\r100 %\r", "50 %\\r100 %"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("naïve 日本語 🎈", "naïve 日本語 🎈"),
    ],
)
def test_a_line_cannot_steer_a_terminal(line: str, shown: str) -> None:
    assert printable(line) == shown


def test_secrets_are_taken_out_of_lines(tmp_path: Path) -> None:
    append(tmp_path / "web.1.log", "key=s3cret-canary!\n")
    lines = tail(tmp_path, 1, Redactor(["s3cret-canary!"]))
    assert texts(lines) == ["key=[redacted]"]
