"""What mmdebstrap is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.bases.names import DISTRIBUTIONS, parse_base
from nuages.build.bases.recipe import (
    Recipe,
    base_packages,
    host_sources,
    keyring_package,
    mirror_sources,
    mmdebstrap_argv,
)

DEBIAN, UBUNTU = parse_base("debian@12"), parse_base("ubuntu@24.04")


def included(argv: tuple[str, ...]) -> list[str]:
    (found,) = [word for word in argv if word.startswith("--include=")]
    return found.removeprefix("--include=").split(",")


def test_debian_is_made_of_essential_packages_signed_by_its_keys() -> None:
    argv = mmdebstrap_argv(Recipe(DEBIAN, ("libpq5", "python3")), "root", Path("/out/x.tar"))
    assert argv[:3] == ("setpriv", "--pdeathsig", "KILL")
    assert argv.index("unshare") < argv.index("mmdebstrap")
    assert {
        "--variant=essential",
        "--mode=root",
        "--format=tar",
        "--components=main",
        "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    } <= set(argv)
    assert argv[-2:] == ("bookworm", "/out/x.tar")
    packages = included(argv)
    assert packages[-1] == "libpq5"
    assert packages.count("python3") == 1
    assert {"ca-certificates", "tzdata", "libssl3", "libreadline8", "zlib1g"} <= set(packages)
    # What is taken out again must not take the licences with it.
    assert argv.index("--dpkgopt=path-exclude=/usr/share/doc/*") < argv.index(
        "--dpkgopt=path-include=/usr/share/doc/*/copyright"
    )


def test_ubuntu_is_made_of_its_own_parts_by_its_own_keys() -> None:
    sources = mirror_sources(UBUNTU, "http://mirror.example/ubuntu/")
    argv = mmdebstrap_argv(Recipe(UBUNTU, (), sources), "unshare", Path("/out/x.tar"))
    assert "unshare" not in argv
    assert {
        "--mode=unshare",
        "--components=main,universe",
        "--keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg",
    } <= set(argv)
    assert argv[-5:] == (
        "noble",
        "/out/x.tar",
        "deb http://mirror.example/ubuntu noble main universe",
        "deb http://mirror.example/ubuntu noble-updates main universe",
        "deb http://mirror.example/ubuntu noble-security main universe",
    )
    assert not [word for word in argv if word.startswith("--hook-dir=")]
    assert {"libssl3t64", "libreadline8t64", "tzdata-legacy"} <= set(included(argv))


def test_a_mirror_of_debian_has_the_security_updates_beside_it() -> None:
    assert mirror_sources(DEBIAN, "http://mirror.example/debian")[2] == (
        "deb http://mirror.example/debian-security bookworm-security main"
    )


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution_has_its_packages(name: str) -> None:
    packages = base_packages(parse_base(name).suite)
    assert len(set(packages)) == len(packages)
    assert any(package.startswith("libssl3") for package in packages)


TARGETS = """http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm main
http://mirror.example/debian/ bookworm contrib
http://mirror.example/debian/ bookworm-updates main
http://mirror.example/debian-security/ bookworm-security main
http://mirror.example/debian/ bookworm-backports main
https://vendor.example/apt nodistro main
cdrom:[Debian]/ bookworm main
"""


def test_the_machine_s_own_sources_of_the_same_distribution_are_taken() -> None:
    assert host_sources(DEBIAN, TARGETS) == (
        "deb http://mirror.example/debian/ bookworm main",
        "deb http://mirror.example/debian/ bookworm-updates main",
        "deb http://mirror.example/debian-security/ bookworm-security main",
    )


def test_a_machine_of_another_distribution_or_without_security_updates_has_none() -> None:
    assert host_sources(UBUNTU, TARGETS) == ()
    without = "\n".join(line for line in TARGETS.split("\n") if "security" not in line)
    assert host_sources(DEBIAN, without) == ()


def test_the_same_packages_in_any_order_have_one_key() -> None:
    assert Recipe(DEBIAN, ("b", "a")).key == Recipe(DEBIAN, ("a", "b", "a"), ("deb x",)).key
    assert Recipe(DEBIAN, ("a",)).key != Recipe(DEBIAN).key
    assert Recipe(DEBIAN).key.startswith("debian@12-")


def test_the_package_with_the_keys_is_named_as_the_machine_names_it() -> None:
    assert keyring_package("debian", "ubuntu") == "debian-archive-keyring"
    assert keyring_package("ubuntu", "debian") == "ubuntu-archive-keyring"
    assert keyring_package("ubuntu", "ubuntu") == "ubuntu-keyring"
