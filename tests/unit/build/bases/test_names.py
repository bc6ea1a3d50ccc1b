"""What people write for a base."""

from __future__ import annotations

import pytest

from nuages.build.bases.errors import UNKNOWN_BASE
from nuages.build.bases.names import BaseKind, BaseName, host_base, parse_base
from nuages.core.errors import NuagesError

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "name", "suite"),
    [
        ("debian@12", "debian@12", "bookworm"),
        ("debian:13", "debian@13", "trixie"),
        ("ubuntu:22.04", "ubuntu@22.04", "jammy"),
        ("ubuntu@24.04", "ubuntu@24.04", "noble"),
        ("bookworm", "debian@12", "bookworm"),
        ("Trixie", "debian@13", "trixie"),
        ("debian:bookworm", "debian@12", "bookworm"),
        ("ubuntu:noble", "ubuntu@24.04", "noble"),
        (" ubuntu 22.04 ", "ubuntu@22.04", "jammy"),
    ],
)
def test_a_distribution_has_one_name(text: str, name: str, suite: str) -> None:
    assert parse_base(text) == BaseName(name, BaseKind.DISTRIBUTION, suite)
    assert parse_base(text).distribution == name.partition("@")[0]


def test_bare_is_a_base_of_its_own() -> None:
    assert parse_base("bare") == BaseName("bare", BaseKind.BARE)


@pytest.mark.parametrize(
    "text",
    [
        "registry.example/team/base:1",
        "registry.example/python:3.12-slim",
        f"debian@{DIGEST}",
    ],
)
def test_what_has_a_slash_or_a_digest_is_an_image(text: str) -> None:
    assert parse_base(text) == BaseName(text, BaseKind.IMAGE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("debain@12", 'base = "debian@12"'),
        ("debian:12-slim", 'base = "debian@12"'),
        ("bookwurm", 'base = "debian@12"'),
        ("python:3.12-slim", 'base = "registry.example.com/python:3.12-slim"'),
        ("https://registry.example/base", 'base = "registry.example/base"'),
        ("windows", "bare, debian@12, debian@13, ubuntu@22.04, ubuntu@24.04"),
        ("ubuntu:bookworm", "debian@12, debian@13"),
        ("", "debian@12"),
        ("-o/x", "debian@12"),
        ("a b/c", "debian@12"),
    ],
)
def test_an_unknown_name_is_told_with_what_may_be_meant(text: str, told: str) -> None:
    with pytest.raises(NuagesError) as caught:
        parse_base(text)
    assert caught.value.code is UNKNOWN_BASE
    assert told in caught.value.hint
    assert f"'{text}'" in caught.value.message


def test_the_machine_s_own_distribution() -> None:
    said = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n'
    assert host_base(said) == parse_base("debian@12")
    assert host_base("ID=ubuntu\nVERSION_ID=24.04\n") == parse_base("ubuntu@24.04")
    assert host_base("ID=fedora\nVERSION_ID=41\n") is None
    assert host_base("") is None
