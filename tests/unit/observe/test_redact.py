"""Secret values in the forms in which they leak."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.observe.redact import SHORTEST, Redactor

SECRET = "c4n@ry/with spaces & 'quotes' +é"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
    ],
)
def test_every_way_of_writing_it_is_replaced(form: str) -> None:
    assert Redactor([SECRET]).redact(f"before {form} after") == "before [redacted] after"


@given(st.binary(max_size=10), st.binary(max_size=10), st.text(min_size=9, max_size=40))
def test_base64_hides_nothing_wherever_the_value_lies(
    before: bytes, after: bytes, secret: str
) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    assert "[redacted]" in Redactor([secret]).redact(f"Authorization: Basic {encoded}")


@given(st.text(min_size=SHORTEST).filter(lambda text: len(text.strip()) >= SHORTEST))
def test_the_value_itself_never_stays(secret: str) -> None:
    shown = Redactor([secret]).redact(f"<{secret}>")
    assert secret not in shown.replace("[redacted]", "")


def test_the_password_of_a_url_is_a_secret_of_its_own() -> None:
    redactor = Redactor(["postgres://polls:p%40ssword@db:5432/polls"])
    assert redactor.redact('password "p@ssword" failed') == 'password "[redacted]" failed'
    assert redactor.redact("p%40ssword") == "[redacted]"


def test_each_line_of_a_longer_value_is_replaced() -> None:
    redactor = Redactor(["-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----"])
    assert redactor.redact("AAAABBBBCCCC") == "[redacted]"


def test_of_two_values_the_longer_one_goes_whole() -> None:
    assert Redactor(["abcd", "abcdefgh"]).redact("abcdefgh") == "[redacted]"


@pytest.mark.parametrize("value", ["", "1", "on", "no "])
def test_a_value_that_is_too_short_spoils_nothing(value: str) -> None:
    assert Redactor([value]).redact("1 on no yes") == "1 on no yes"


def test_without_values_nothing_changes() -> None:
    assert Redactor([]).redact("text") == "text"
