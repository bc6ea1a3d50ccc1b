"""What takes values of config vars out of texts."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.control.state.redaction import Redactor
from nuages.core.secret import Secret

VALUE = 's3cr3t/ä+"quoted" and more'


@pytest.mark.parametrize(
    "coded",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        repr(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_a_value_is_taken_out_in_every_coding(coded):
    text = Redactor([Secret(VALUE)]).text(f"before {coded} after")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "[redacted]" in text
    assert coded not in text


@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=9, max_size=40),
    st.binary(max_size=9),
    st.binary(max_size=9),
)
def test_no_value_is_left_readable_inside_base64_of_something_longer(value, before, after):
    coded = base64.b64encode(before + value.encode() + after).decode()
    text = Redactor([Secret(value)]).text(f"x {coded} y")
    assert "[redacted]" in text
    # What is left of the coded value is less than one group of it at each end.
    assert value[2:-2] not in text


def test_each_line_of_a_value_is_taken_out():
    key = "-----BEGIN-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END-----"
    assert Redactor([Secret(key)]).text("log: MIIEvQIBADAN") == "log: [redacted]"


def test_the_password_of_a_url_is_taken_out_by_itself():
    redactor = Redactor([Secret("postgres://polls:hunter22@db/polls")])
    assert redactor.text('authentication failed: "hunter22"') == (
        'authentication failed: "[redacted]"'
    )


def test_short_and_plain_words_do_not_spoil_messages():
    redactor = Redactor([Secret("1"), Secret("")], [Secret("True"), Secret("debug")])
    assert redactor.text("Step 1 is True in debug mode") == "Step 1 is True in debug mode"


def test_a_value_inside_a_longer_one_leaves_no_remainder():
    redactor = Redactor([Secret("abcd"), Secret("abcdefgh")])
    assert redactor.text("abcdefgh") == "[redacted]"


def test_json_values_are_redacted_with_their_keys():
    redactor = Redactor([Secret("canary")])
    assert redactor.value({"canary": ["a canary", 1, None, {"x": ("canary",)}]}) == {
        "[redacted]": ["a [redacted]", 1, None, {"x": ["[redacted]"]}]
    }


def test_without_values_a_text_stays_as_it_is():
    assert Redactor([]).text("as it is") == "as it is"
