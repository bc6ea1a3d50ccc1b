"""What registries answer becomes one error, in words that change no terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from nuages.build.registry.errors import (
    DENIED,
    DIGEST_DIFFERS,
    NOT_A_REGISTRY,
    NOT_IN_REGISTRY,
    REGISTRY_FAILED,
    REGISTRY_FULL,
    REGISTRY_REFUSED,
    TAG_IMMUTABLE,
)
from nuages.build.registry.exchange.refusals import (
    Answer,
    is_transient,
    printable,
    read_errors,
    refusal,
    retry_after,
)
from nuages.core.errors import ErrorCode


def answer(status: int, code: str = "", message: str = "") -> Answer:
    errors = [{"code": code, "message": message}] if code else []
    return Answer("http://r.example/v2/p/x", status, {}, json.dumps({"errors": errors}).encode())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer(403, "DENIED", "requested access to the resource is denied"), DENIED),
        (answer(401, "UNAUTHORIZED"), DENIED),
        (answer(404, "NAME_UNKNOWN", "repository name not known"), NOT_IN_REGISTRY),
        (Answer("u", 404, {}, b""), NOT_IN_REGISTRY),
        (Answer("u", 404, {}, b"<html>none</html>"), NOT_A_REGISTRY),
        (answer(400, "DIGEST_INVALID", "no match"), DIGEST_DIFFERS),
        (answer(400, "TAG_INVALID", "tag is immutable"), TAG_IMMUTABLE),
        (answer(409, "CONFLICT"), TAG_IMMUTABLE),
        (answer(403, "DENIED", "will exceed the configured upper limit of 5 GiB"), REGISTRY_FULL),
        (answer(507), REGISTRY_FULL),
        (answer(500, "UNKNOWN", "unknown error"), REGISTRY_FAILED),
        (answer(429, "TOOMANYREQUESTS"), REGISTRY_FAILED),
        (answer(400, "NAME_INVALID", "invalid repository name"), REGISTRY_REFUSED),
        (answer(413), REGISTRY_REFUSED),
        (Answer("u", 799, {}, b"\xff\x00"), REGISTRY_FAILED),
    ],
)
def test_an_answer_has_one_meaning(given: Answer, code: ErrorCode) -> None:
    error = refusal(given, "push to r.example/p")
    assert error.code is code
    assert error.message.startswith(f"Cannot push to r.example/p: the registry says {given.status}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"errors": 1}', b'{"errors": [1]}', b"\xff"])
def test_errors_of_another_form_say_nothing(body: bytes) -> None:
    assert read_errors(body) == (set(), "")


def test_what_a_server_says_changes_no_terminal_and_is_not_long() -> None:
    assert printable("a\x1b]0;x\x07\nb") == "a ]0;x  b"
    assert len(printable("a" * 1000)) < 310


@pytest.mark.parametrize(
    ("value", "seconds"), [("5", 5.0), ("900", 60.0), ("", None), ("soon", None), ("-1", None)]
)
def test_a_server_is_left_alone_for_as_long_as_it_says(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, 0.0) == seconds


def test_a_server_may_name_the_moment() -> None:
    moment = format_datetime(datetime.fromtimestamp(1_000_020, UTC), usegmt=True)
    assert retry_after({"Retry-After": moment}, 1_000_000.0) == 20.0
    assert retry_after({"Retry-After": moment}, 1_000_900.0) == 0.0


def test_what_may_pass_is_tried_again() -> None:
    assert [
        each for each in (200, 400, 404, 408, 429, 500, 501, 503, 507) if is_transient(each)
    ] == [
        408,
        429,
        500,
        503,
    ]
