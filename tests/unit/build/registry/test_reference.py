"""The names of images become their parts; what is no name is refused with what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.build.registry.errors import REFERENCE_INVALID, REGISTRY_UNNAMED
from nuages.build.registry.reference import Reference, insecure_registries, is_plain
from nuages.core.errors import NuagesError

DIGEST = "sha256:" + "0123456789abcdef" * 4
HOSTS = st.sampled_from(["r.example", "r.example:5000", "localhost", "localhost:1", "[::1]:5000"])
PARTS = st.from_regex(r"[a-z0-9]{1,9}((\.|_|__|-{1,3})[a-z0-9]{1,9}){0,2}", fullmatch=True)
TAGS = st.one_of(st.just(""), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True))


@given(HOSTS, st.lists(PARTS, min_size=1, max_size=4), TAGS, st.sampled_from(["", DIGEST]))
def test_what_is_written_from_parts_is_read_as_them(
    host: str, parts: list[str], tag: str, digest: str
) -> None:
    repository = "/".join(parts)
    text = f"{host}/{repository}{':' if tag else ''}{tag}{'@' if digest else ''}{digest}"
    found = Reference.parse(text, {})
    wanted = tag or ("" if digest else "latest")
    assert found == Reference(host, repository, wanted, digest)
    assert Reference.parse(str(found), {}) == found


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_one_clear_error(text: str) -> None:
    try:
        found = Reference.parse(text, {"NUAGES_REGISTRY": "r.example/team"})
    except NuagesError as error:
        code = error.code
    else:
        code = REFERENCE_INVALID
        assert Reference.parse(str(found), {}) == found
    assert code is REFERENCE_INVALID


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "repository"),
        ("r.example/", "repository"),
        ("r.example/Polls", "repository"),
        ("r.example/a//b", "repository"),
        ("r.example/a/../b", "repository"),
        ("r.example/polls:", "tag"),
        ("r.example/polls:.1", "tag"),
        ("r.example/polls:" + "a" * 129, "tag"),
        ("r.example/polls@sha256:12", "digest"),
        ("r.example/polls@" + DIGEST.upper(), "digest"),
        ("r.example/polls@sha512:" + "0" * 128, "digest"),
        ("r.example:99999/polls", "host"),
        ("r..example/polls", "host"),
        ("-r.example/polls", "host"),
        ("https://r.example/polls", ""),
        ("r.example/" + "a" * 250, "255"),
        ("r.example/polls\n", "repository"),
    ],
)
def test_what_is_no_reference_is_refused_with_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(NuagesError) as raised:
        Reference.parse(text, {"NUAGES_REGISTRY": "base.example"})
    assert raised.value.code is REFERENCE_INVALID
    assert why in raised.value.message


@pytest.mark.parametrize("text", ["debian:12", "team/polls", "polls@" + DIGEST])
def test_a_short_name_needs_a_registry(text: str) -> None:
    with pytest.raises(NuagesError) as raised:
        Reference.parse(text, {})
    assert raised.value.code is REGISTRY_UNNAMED
    assert "NUAGES_REGISTRY" in raised.value.message


def test_a_short_name_is_completed() -> None:
    def parsed(text: str, registry: str) -> str:
        return str(Reference.parse(text, {"NUAGES_REGISTRY": registry}))

    assert parsed("debian:12", "r.example:5000") == "r.example:5000/debian:12"
    assert parsed("debian", "r.example/mirror/") == "r.example/mirror/debian:latest"
    assert parsed("team/polls", "localhost:5000") == "localhost:5000/team/polls:latest"
    assert parsed("o.example/polls", "r.example") == "o.example/polls:latest"


@pytest.mark.parametrize("value", ["https://r.example", "r.example/Team", "r example"])
def test_a_registry_that_is_none_is_said(value: str) -> None:
    with pytest.raises(NuagesError) as raised:
        Reference.parse("debian", {"NUAGES_REGISTRY": value})
    assert raised.value.code is REGISTRY_UNNAMED
    assert value in raised.value.message


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("[::1]:5000", True),
        ("r.example", False),
        ("10.0.0.1:5000", False),
        ("127.0.0.1.example", False),
        ("build.lan:5000", True),
        ("build.lan:5001", False),
        ("store.lan:1234", True),
    ],
)
def test_http_is_for_this_machine_and_for_what_was_named(host: str, plain: bool) -> None:
    insecure = insecure_registries({"NUAGES_INSECURE_REGISTRIES": "build.lan:5000, store.lan,"})
    assert is_plain(host, insecure) is plain
