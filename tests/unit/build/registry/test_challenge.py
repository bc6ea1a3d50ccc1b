"""What a server wants before it lets anybody in, as servers write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.build.registry.exchange.challenge import Challenge, choose_challenge, read_challenges

BEARER = Challenge("bearer", {"realm": "https://a.example/t", "service": "s", "scope": "x:y:a,b"})


@pytest.mark.parametrize(
    "header",
    [
        'Bearer realm="https://a.example/t",service="s",scope="x:y:a,b"',
        'bearer  realm="https://a.example/t", service=s , scope="x:y:a,b"',
        'BEARER Realm="https://a.example/t" ,SERVICE="s",scope="x:y:a,b",',
    ],
)
def test_a_bearer_challenge_is_read(header: str) -> None:
    assert read_challenges(header) == [BEARER]
    assert BEARER.scopes == ("x:y:a,b",)


def test_several_challenges_are_told_apart() -> None:
    header = (
        'Negotiate, Basic realm="it \\"is\\" Bearer realm=1", Bearer realm="https://a.example/t"'
    )
    negotiate, basic, bearer = read_challenges(header)
    assert negotiate == Challenge("negotiate")
    assert basic.realm == 'it "is" Bearer realm=1'
    assert choose_challenge(header) == bearer


def test_a_password_is_given_where_there_is_no_server_of_tokens() -> None:
    assert choose_challenge('Bearer service="s", Basic realm="r"') == Challenge(
        "basic", {"realm": "r"}
    )
    assert choose_challenge("Basic") == Challenge("basic")
    assert choose_challenge("Digest realm=x") is None


@given(st.text(max_size=80))
def test_any_header_is_read(header: str) -> None:
    read_challenges(header)
    choose_challenge(header)
