"""What an image lies on is said by a flag or in deploy.toml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dockerd import Docker
from tests.integration.build.conftest import Builder
from tests.integration.registry.servers import Registry

PROGRAM = "import ssl, sqlite3; print(ssl.OPENSSL_VERSION)"


def test_an_image_on_a_distribution_has_its_programs(builder: Builder, docker: Docker) -> None:
    bare = builder.build()
    variables = {"DOCKER_HOST": docker.environment()["DOCKER_HOST"]}
    made = builder.build("--base", "debian@12", "--load", "--tag", "on:debian", **variables)
    holds = [layer["holds"] for layer in made["layers"]]
    assert holds[0] == "debian@12"
    # The layers above are the same as on any other base, but for the lists of what is in it.
    own = [layer for layer in made["layers"] if layer["holds"] in ("app", "runtime")]
    assert all(layer in bare["layers"] for layer in own)
    command = ("sh", "-c", f"python -c '{PROGRAM}'")
    ran = docker.run("run", "--rm", "--network=none", "on:debian", *command)
    assert ran.splitlines()[-1].startswith("OpenSSL 3")
    assert (
        "debian"
        in docker.run(
            "run", "--rm", "--network=none", "on:debian", "cat", "/etc/os-release"
        ).lower()
    )
    materials = docker.run(
        "run", "--rm", "--network=none", "on:debian", "cat", "/nuages/sbom.spdx.json"
    )
    document = json.loads(materials[materials.index("{") :])
    names = {package["name"] for package in document["packages"]}
    assert {"Django", "Python", "libc6"} <= names


def test_an_image_of_a_registry_is_a_base(builder: Builder, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry").start()
    try:
        base = f"localhost:{registry.port}/base:1"
        below = builder.build("--base", "debian@12", "--push", base)
        made = builder.build("--base", base)
        count = len(below["layers"])
        assert made["layers"][:count] != []
        digests = [layer["digest"] for layer in made["layers"]]
        assert digests[:count] == [layer["digest"] for layer in below["layers"]]
    finally:
        registry.stop()


def test_deploy_toml_names_a_base_and_the_flag_wins(builder: Builder) -> None:
    file = builder.project / "deploy.toml"
    file.write_text('[build]\nbase = "debian@12"\n')
    try:
        assert builder.build()["layers"][0]["holds"] == "debian@12"
        assert builder.build("--base", "bare")["layers"][0]["holds"] == "bare"
    finally:
        file.unlink()


@pytest.mark.parametrize(
    ("base", "exit_code", "code", "said"),
    [
        ("debain@12", 3, "build.E060", 'Did you mean base = "debian@12"?'),
        ("localhost:1/none:1", 6, "build.E042", "localhost:1"),
        ("debian:11", 3, "build.E060", "debian@12"),
    ],
)
def test_a_base_that_cannot_be_had_is_an_error(
    builder: Builder, base: str, exit_code: int, code: str, said: str
) -> None:
    printed = builder.run("--base", base, code=exit_code)
    assert code in printed
    assert said in printed


def test_a_package_that_the_distribution_has_not_is_named(builder: Builder) -> None:
    file = builder.project / "deploy.toml"
    file.write_text('[build]\npackages = ["libnothing-of-this-name"]\n')
    try:
        printed = builder.run("--base", "debian@12", code=3)
        assert "libnothing-of-this-name" in printed
    finally:
        file.unlink()
