"""What surrounds a request: the visitor's address, the commands that are recognised, who says
`ready`, and the gate."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator

import pytest

from nuages_runtime.serve import main, recognise
from nuages_runtime.server import gate
from nuages_runtime.server.forwarded import ForwardedWsgi, server, visitor
from nuages_runtime.server.ready import Reporter


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("6.6.6.6,192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_visitor_is_the_last_one_named(header: str, address: str) -> None:
    assert visitor(header) == address


@pytest.mark.parametrize(
    ("host", "scheme", "expected"),
    [
        ("polls.localhost", "http", ("polls.localhost", 80)),
        ("polls.localhost", "https", ("polls.localhost", 443)),
        ("polls.localhost", "wss", ("polls.localhost", 443)),
        ("polls.localhost:8000", "https", ("polls.localhost", 8000)),
        ("[::1]:8000", "http", ("[::1]", 8000)),
        ("[::1]", "http", ("[::1]", 80)),
        ("a:b", "http", ("a:b", 80)),
    ],
)
def test_the_server_is_the_one_that_was_asked_for(
    host: str, scheme: str, expected: tuple[str, int]
) -> None:
    assert server(host, scheme) == expected


def test_a_body_of_unknown_length_is_measured() -> None:
    body = b"x" * (3 * 1024 * 1024)
    environ = {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input": io.BytesIO(body)}
    seen = ForwardedWsgi(lambda seen, _: [seen["wsgi.input"].read()])(environ, None)
    environ["wsgi.input"].close()
    assert (seen, environ["CONTENT_LENGTH"]) == ([body], str(len(body)))
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_a_scheme_that_is_none_is_not_believed() -> None:
    environ = {"HTTP_X_FORWARDED_PROTO": "javascript", "wsgi.url_scheme": "http"}
    ForwardedWsgi(lambda seen, _: [seen["wsgi.url_scheme"].encode()])(environ, None)
    assert environ["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    ("argv", "program", "rest"),
    [
        (["gunicorn", "a.wsgi"], "gunicorn", ["a.wsgi"]),
        (["/venv/bin/gunicorn", "a.wsgi"], "gunicorn", ["a.wsgi"]),
        (["python3.12", "-m", "uvicorn", "a:b"], "uvicorn", ["a:b"]),
        (["poetry", "run", "gunicorn", "a.wsgi"], "gunicorn", ["a.wsgi"]),
        (["uv", "run", "python", "-m", "gunicorn", "x"], "gunicorn", ["x"]),
        (["python", "manage.py", "runserver"], "python", ["manage.py", "runserver"]),
        (["daphne", "-p", "8080", "a:b"], "daphne", ["-p", "8080", "a:b"]),
    ],
)
def test_servers_are_recognised_behind_their_launchers(
    argv: list[str], program: str, rest: list[str]
) -> None:
    assert recognise(argv) == (program, rest)


@pytest.mark.parametrize("arguments", [[], ["ftp"], ["wsgi", "a:b"]])
def test_without_a_form_or_a_socket_it_says_how_it_is_used(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LISTEN_FDS", raising=False)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main(arguments) == 2
    assert capsys.readouterr().err


def test_only_the_first_word_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setenv("NUAGES_READY_FD", str(write))
    reporter = Reporter()
    assert "NUAGES_READY_FD" not in os.environ
    assert not reporter.is_ready
    assert [reporter.report(""), reporter.report("late")] == [True, False]
    assert reporter.is_ready
    os.close(write)
    assert os.read(read, 100) == b"ready\n"
    os.close(read)


def test_a_failure_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setenv("NUAGES_READY_FD", str(write))
    Reporter().report("first\nsecond\r\n  third")
    os.close(write)
    assert os.read(read, 100) == b"failed first second third\n"
    os.close(read)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A gate of this process; the end to open it with."""
    read, write = os.pipe()
    monkeypatch.setenv("NUAGES_GATE_FD", str(read))
    monkeypatch.setattr(gate, "_state", {"descriptor": None, "looked": False, "open": False})
    monkeypatch.setattr(gate, "pulse", [])
    yield write
    os.close(read)


def test_every_thread_and_later_process_finds_an_open_gate_open(pipe: int) -> None:
    waiting = [threading.Thread(target=gate.wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    os.write(pipe, b"g")
    os.close(pipe)
    for thread in waiting:
        thread.join(10)
    assert not any(thread.is_alive() for thread in waiting)
    # As a process that is forked from one which never looked.
    gate._state["open"] = False
    gate.wait()


def test_a_waiting_process_shows_that_it_lives(pipe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_PULSE", 10)
    gate.pulse.append(lambda: os.write(pipe, b"g"))
    gate.wait()
    os.close(pipe)


def test_a_descriptor_that_is_no_pipe_is_no_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_state", {"descriptor": None, "looked": False, "open": False})
    with open(os.devnull) as file:  # noqa: PTH123 - a descriptor is wanted
        monkeypatch.setenv("NUAGES_GATE_FD", str(file.fileno()))
        assert not gate.is_expected()
        gate.wait()
