"""What gunicorn sends at once, on each of its versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runtime.environments import RUNTIME, Environments

# Every send is one message of such a socket.
CODE = """
import io, json, socket, sys, types
sys.path.insert(0, sys.argv[1])
from gunicorn.config import Config
from nuages_runtime.server import answers
answers.install()
from gunicorn.http import wsgi
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
request = types.SimpleNamespace(
    version=(1, 1), method="GET", should_close=lambda: True, headers=[], chunked=False)
response = wsgi.Response(request, ours, Config())
headers = json.loads(sys.argv[2])
response.start_response("200 OK", [tuple(pair) for pair in headers])
try:
    for part in json.loads(sys.argv[3]):
        response.write(part.encode() if isinstance(part, str) else part)
except TypeError:
    pass
response.close()
ours.close()
messages = []
while True:
    message = theirs.recv(200000)
    if not message:
        break
    messages.append(message.decode())
print(json.dumps(messages))
"""


@pytest.fixture(params=["1.11", "5.2", "5.2-old-gunicorn"])
def sent(request: pytest.FixtureRequest, environments: Environments, tmp_path: Path):
    environment = environments.get(request.param)

    def run(headers: list[tuple[str, str]], parts: list[object]) -> list[str]:
        arguments = (str(RUNTIME), json.dumps(headers), json.dumps(parts))
        done = environment.run("-c", CODE, *arguments, cwd=tmp_path, env={})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_the_head_leaves_with_the_first_part_of_the_body(sent) -> None:
    (message,) = sent([("Content-Length", "5")], ["hello"])
    assert message.startswith("HTTP/1.1 200 OK\r\n")
    assert message.endswith("\r\n\r\nhello")


def test_later_parts_leave_as_they_come(sent) -> None:
    first, second = sent([("Content-Length", "6")], ["abc", "def"])
    assert first.endswith("\r\n\r\nabc")
    assert second == "def"


def test_an_answer_of_unknown_length_is_in_chunks(sent) -> None:
    first, last = sent([], ["hello"])
    assert "Transfer-Encoding: chunked\r\n" in first
    assert first.endswith("\r\n\r\n5\r\nhello\r\n")
    assert last == "0\r\n\r\n"


def test_an_answer_without_a_body_is_a_head(sent) -> None:
    (message,) = sent([("Content-Length", "0")], [])
    assert message.endswith("\r\n\r\n")


def test_a_large_part_is_not_copied(sent) -> None:
    head, body = sent([("Content-Length", "70000")], ["x" * 70000])
    assert head.endswith("\r\n\r\n")
    assert body == "x" * 70000


def test_a_part_that_is_no_bytes_sends_the_head_as_gunicorn_does(sent) -> None:
    messages = sent([("Content-Length", "1")], [[1]])
    assert messages[0].startswith("HTTP/1.1 200 OK\r\n")
