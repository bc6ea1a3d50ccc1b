"""How what an example must answer is compared and sent."""

import io

import pytest

from tools.answers import (
    Answer,
    WrongAnswerError,
    account,
    difference,
    read_text_frame,
    text_frame,
)


def answer(status: int = 200, text: str = "", kind: str = "text/html; charset=utf-8") -> Answer:
    return Answer(status, {"content-type": kind}, text)


def test_the_wanted_status_text_and_type_make_no_difference() -> None:
    assert difference(answer(404, "gone"), {"status": 404, "text": "go", "type": "text/"}) == ""


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (answer(500), {"status": 200}),
        (answer(500), {}),
        (answer(200, "something"), {"text": "else"}),
        (answer(200, "", "text/html"), {"type": "text/css"}),
    ],
)
def test_another_status_text_or_type_makes_one(given: Answer, wanted: dict[str, object]) -> None:
    assert difference(given, wanted)


def test_a_frame_is_masked_and_carries_its_length() -> None:
    frame = text_frame("hello")

    assert frame[:2] == b"\x81\x85"
    assert bytes(byte ^ frame[2 + n % 4] for n, byte in enumerate(frame[6:])) == b"hello"


def test_a_text_frame_from_a_server_is_read() -> None:
    assert read_text_frame(io.BytesIO(b"\x81\x05hello")) == "hello"


def test_a_closed_connection_is_a_wrong_answer() -> None:
    with pytest.raises(WrongAnswerError, match="closed"):
        read_text_frame(io.BytesIO(b""))


def test_the_account_names_what_was_asked() -> None:
    expected = {"requests": [{}, {}], "static": {}, "forms": [{}], "websocket": {}}

    assert account(expected) == "2 pages, 1 static file, 1 form, 1 WebSocket"
