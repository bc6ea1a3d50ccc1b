"""The StatsD exporter as a process: real datagrams, connections, scrapes and signals."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.exporter import Exporter, Handed
from tests.runtime.instance import PATIENCE
from tools.pythons import find_python

PAUSE = threading.Event()


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    """One that runs."""
    with Exporter() as exporter:
        yield exporter


def test_datagrams_of_several_lines_are_counted_and_bad_ones_do_no_harm(exporter: Exporter) -> None:
    exporter.send(b"a:1|c\nb:2|g\n", b"\xff\x00", b"", b"a:1|c|#x:y", b"a" * 60000, b"a:2|c")
    exporter.wait_for("a", 3)
    assert exporter.value("b") == 2
    assert exporter.value('a{x="y"}') == 1
    assert exporter.value("statsd_exporter_udp_packets_total") == 6
    assert exporter.value('statsd_exporter_sample_errors_total{reason="malformed_line"}') == 2


def test_lines_over_tcp_may_come_in_parts_and_over_several_connections(exporter: Exporter) -> None:
    with exporter.connect() as one, exporter.connect() as other:
        one.sendall(b"a:1|")
        other.sendall(b"a:5|c\r\nb:1|c\n")
        exporter.wait_for("b", 1)
        assert exporter.value("a") == 5
        one.sendall(b"c\na:1|c")
        exporter.wait_for("a", 6)
    # What has no end when the connection ends is a line too.
    exporter.wait_for("a", 7)
    assert exporter.value("statsd_exporter_tcp_connections_total") == 2


def test_a_line_without_an_end_is_given_up(exporter: Exporter) -> None:
    with exporter.connect() as connection:
        connection.sendall(b"x" * 9000)
        assert connection.recv(1) == b""
    with exporter.connect() as connection:
        connection.sendall(b"x" * 8500 + b"\na:1|c\n")
        exporter.wait_for("a", 1)
    assert exporter.value("statsd_exporter_tcp_too_long_lines_total") == 2


def test_a_scraper_that_says_nothing_keeps_nobody_waiting(exporter: Exporter) -> None:
    with socket.create_connection(("127.0.0.1", exporter.metrics_port)):
        exporter.send(b"a:1|c")
        exporter.wait_for("a", 1)


def test_other_pages_are_not_there(exporter: Exporter) -> None:
    assert "/metrics" in exporter.get("/")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        exporter.get("/other")


def test_a_large_page_arrives_whole() -> None:
    with Exporter(variables={"NUAGES_STATSD_SERIES": "20000"}) as exporter:
        with exporter.connect() as connection:
            for number in range(20000):
                connection.sendall(b"a:1|c|#number:%d,%s:1\n" % (number, b"x" * 100))
        exporter.wait_for('statsd_exporter_metrics_total{type="counter"}', 20000)
        text = exporter.get()
    assert len(text) > 2_000_000
    assert text.endswith("\n")


def test_a_second_one_says_in_a_line_that_the_port_is_taken(exporter: Exporter) -> None:
    second = subprocess.run(exporter.argv, env=exporter.env, capture_output=True, check=False)
    assert second.returncode == 1
    assert second.stderr.decode() == (
        f"nuages: the StatsD exporter cannot listen on 127.0.0.1:{exporter.port} (TCP): another "
        "process listens there already; NUAGES_STATSD_BIND=ADDRESS:PORT names another\n"
    )


def test_a_variable_that_is_wrong_is_said_in_a_line(exporter: Exporter) -> None:
    env = {**exporter.env, "NUAGES_METRICS_BIND": "nowhere"}
    done = subprocess.run(exporter.argv, env=env, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "NUAGES_METRICS_BIND is 'nowhere'" in done.stderr.decode()


def test_sockets_that_are_handed_over_are_received_from_until_they_are_dropped(
    short_tmp: Path,
) -> None:
    with Handed(short_tmp / "m") as handed:
        one, other = handed.add("one"), handed.add("other")
        one.send(b"a:1|c")
        with other.connect() as connection:
            connection.sendall(b"a:1|c\n")
            handed.wait_for("a 2")
            handed.control.send(b"drop other")
            assert connection.recv(1) == b""
        one.send(b"a:1|c")
        handed.wait_for("a 3")
        handed.control.close()
        assert handed.process.wait(PATIENCE) == 0


def test_a_socket_that_the_app_has_spoilt_keeps_the_exporter_not_busy(short_tmp: Path) -> None:
    with Handed(short_tmp / "m") as handed:
        spoilt, good = handed.add("spoilt"), handed.add("good")
        # Linux does it, and says that it was not connected.
        with contextlib.suppress(OSError):
            spoilt.datagrams.shutdown(socket.SHUT_RD)
        spoilt.stream.shutdown(socket.SHUT_RDWR)
        for strange in socket.socketpair():
            socket.send_fds(handed.control, [b"add x"], [strange.fileno(), strange.fileno()])
            strange.close()
        socket.send_fds(handed.control, [b"add file"], [0, 1])
        good.send(b"a:1|c")
        handed.wait_for("a 1")
        before = handed.seconds()
        good.send(b"a:1|c")
        handed.wait_for("a 2")
        PAUSE.wait(0.5)
        assert handed.seconds() - before < 0.3
        handed.control.send(b"drop spoilt")
        good.send(b"a:1|c")
        handed.wait_for("a 3")


def test_it_ends_on_sigterm(exporter: Exporter) -> None:
    assert exporter.terminate() == 0


def test_it_ends_with_the_process_that_started_it(exporter: Exporter) -> None:
    exporter.terminate()
    start = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    parent = subprocess.Popen([sys.executable, "-c", start, *exporter.argv], env=exporter.env)
    exporter.wait_until(up=True)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text()
    child = os.pidfd_open(int(children))
    parent.kill()
    parent.wait()
    ended, _, _ = select.select([child], [], [], PATIENCE)
    os.close(child)
    assert ended


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.13"])
def test_it_runs_on_old_and_new_pythons(version: str) -> None:
    with Exporter(find_python(version)) as exporter:
        exporter.send(b"gunicorn.request.duration:5|ms")
        exporter.wait_for("django_request_duration_count", 1)
