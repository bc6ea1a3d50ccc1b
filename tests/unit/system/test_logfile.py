"""Logs that are given back from their beginning while somebody writes to their end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nuages.system.logfile import (
    first_offset,
    open_log,
    read_times,
    times_path,
    trim_log,
    write_time,
)

LINE = b"x" * 99 + b"\n"


def write(path: Path, count: int) -> None:
    descriptor = open_log(path)
    os.write(descriptor, LINE * count)
    os.close(descriptor)


def read(path: Path) -> tuple[int, bytes]:
    descriptor = os.open(path, os.O_RDONLY)
    start = first_offset(descriptor)
    data = os.pread(descriptor, 10_000_000, start)
    os.close(descriptor)
    return start, data


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    write(log, 10)
    assert trim_log(log, 2000, 1000) is False
    assert read(log) == (0, LINE * 10)


def test_a_missing_log_is_no_error(tmp_path: Path) -> None:
    assert trim_log(tmp_path / "none.log") is False


def test_a_long_log_loses_its_oldest_lines_and_only_whole_ones(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    write(log, 5000)
    assert trim_log(log, 200_000, 100_000) is True
    start, data = read(log)
    assert set(data.splitlines(keepends=True)) == {LINE}
    assert 99_000 <= len(data) <= 100_000
    assert start + len(data) == 500_000


def test_trimming_gives_room_back(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    write(log, 50_000)
    before = log.stat().st_blocks
    trim_log(log, 200_000, 100_000)
    assert log.stat().st_blocks < before / 10


def test_who_writes_goes_on_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    writer = open_log(log)
    os.write(writer, LINE * 5000)
    trim_log(log, 200_000, 100_000)
    os.write(writer, b"after\n")
    os.close(writer)
    start, data = read(log)
    assert data.endswith(LINE + b"after\n")
    assert start + len(data) == 500_006


def test_times_are_found_by_offset(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    for seconds, offset in ((100.0, 0), (101.5, 50), (103.0, 90)):
        write_time(log, seconds, offset)
    times = read_times(log)
    assert [times.at(offset) for offset in (0, 49, 50, 89, 90, 1000)] == [
        100.0,
        100.0,
        101.5,
        101.5,
        103.0,
        103.0,
    ]


def test_a_log_without_times_has_none(tmp_path: Path) -> None:
    assert read_times(tmp_path / "web.1.log").at(0) is None


def test_times_of_what_was_given_back_go_too(tmp_path: Path) -> None:
    log = tmp_path / "web.1.log"
    write(log, 5000)
    for index in range(50):
        write_time(log, float(index), index * 10_000)
    trim_log(log, 200_000, 100_000)
    start, _ = read(log)
    times = read_times(log)
    assert len(times.offsets) == pytest.approx(10, abs=2)
    assert times.at(start) == pytest.approx(start // 10_000)


@pytest.mark.parametrize(
    "torn", [b"1700000001.500 1", b"17000", b"\0\0\0\0\n", b"\xff\xfe\n", b"soon 12\n", b"2.0 50\n"]
)
def test_a_line_that_a_power_cut_left_is_passed_over(tmp_path: Path, torn: bytes) -> None:
    log = tmp_path / "web.1.log"
    write_time(log, 1.0, 100)
    with times_path(log).open("ab") as stream:
        stream.write(torn)
    write_time(log, 3.0, 300)
    times = read_times(log)
    assert times.offsets == (100, 300)
    assert (times.at(150), times.at(300)) == (1.0, 3.0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_can_open_a_log_that_it_was_given(tmp_path: Path) -> None:
    descriptor = open_log(tmp_path / "web.1.log")
    os.setresuid(-1, 1_900_000_001, -1)
    try:
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_APPEND)
    finally:
        os.setresuid(-1, 0, -1)
    os.write(again, LINE)
    os.close(again)
    os.close(descriptor)
    assert read(tmp_path / "web.1.log") == (0, LINE)
