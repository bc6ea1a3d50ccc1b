"""A root is made, or it is said what is in the way."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nuages.build.bases.distribution import find_sources, lacks_for_unshare, make_root
from nuages.build.bases.errors import (
    BASE_FAILED,
    MIRROR_UNREACHABLE,
    NO_KEYRING,
    NO_MMDEBSTRAP,
    NO_NAMESPACES,
    NO_PACKAGE,
)
from nuages.build.bases.names import parse_base
from nuages.build.bases.recipe import Recipe
from nuages.build.errors import DISK_FULL
from nuages.core.errors import ErrorCode, NuagesError
from nuages.system.command import Command, Completed

DEBIAN = parse_base("debian@12")


@dataclass
class Machine:
    """Answers as mmdebstrap and apt do; `said` makes mmdebstrap fail with these lines."""

    said: str = ""
    installed: bool = True
    steps: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> Completed:
        self.commands.append(command)
        if command.argv[0] == "apt-cache":
            return Completed(0, "libpq5\nlibpq-dev\nlibpython3-stdlib\n", "")
        if command.argv[0] == "apt-get":
            return Completed(0, "http://m.example/d bookworm main\n", "")
        if not self.installed:
            raise FileNotFoundError(2, "No such file", command.argv[0])
        if self.said:
            return Completed(1, "", self.said)
        (target,) = [word for word in command.argv if word.endswith(".tar")]
        with tarfile.open(target, "w") as made:
            if "--variant=extract" in command.argv:
                key = "./usr/share/keyrings/ubuntu-archive-keyring.gpg"
                made.addfile(tarfile.TarInfo(key), io.BytesIO())
                return Completed(0, "", "I: done")
            for name in ("./etc/passwd", "./etc/resolv.conf", "./var/log/dpkg.log"):
                made.addfile(tarfile.TarInfo(name), io.BytesIO())
        return Completed(0, "", "I: done")


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    monkeypatch.setenv("SECRET", "hidden")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/debian-archive-keyring.gpg").touch()
    return Recipe(DEBIAN, keyrings=tmp_path / "keys")


def failure(recipe: Recipe, machine: Machine, tmp_path: Path) -> NuagesError:
    with pytest.raises(NuagesError) as caught:
        make_root(recipe, tmp_path / "made/root", machine, machine.steps.append)
    shutil.rmtree(tmp_path / "made", ignore_errors=True)
    return caught.value


def test_a_root_is_made_and_cleaned_and_each_step_is_told(recipe: Recipe, tmp_path: Path) -> None:
    machine = Machine()
    make_root(recipe, tmp_path / "made/root", machine, machine.steps.append)
    assert (tmp_path / "made/root/etc/passwd").exists()
    assert not (tmp_path / "made/root/etc/resolv.conf").exists()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["root"]
    assert len(machine.steps) == 2
    (command,) = machine.commands
    assert command.env is not None
    assert command.env["SOURCE_DATE_EPOCH"] == "0"
    assert command.env["HTTP_PROXY"] == "http://proxy.example"
    assert "SECRET" not in command.env


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("setpriv: failed to execute mmdebstrap: No such file or directory", NO_MMDEBSTRAP),
        ("E: Unable to locate package libpq55", NO_PACKAGE),
        ("E: Package 'libpq55' has no installation candidate", NO_PACKAGE),
        ("  Could not resolve 'mirror.example'", MIRROR_UNREACHABLE),
        ("E: The repository 'x' does not have a Release file.", MIRROR_UNREACHABLE),
        ("W: GPG error: NO_PUBKEY 0E98404D386FA1D9", NO_KEYRING),
        ("tar: write error: No space left on device", DISK_FULL),
        ("E: something else", BASE_FAILED),
    ],
)
def test_what_mmdebstrap_prints_becomes_one_error(
    recipe: Recipe, tmp_path: Path, said: str, code: ErrorCode
) -> None:
    error = failure(recipe, Machine(said=said), tmp_path)
    assert error.code is code
    assert "debian@12" in error.message


def test_a_package_that_does_not_exist_is_named_with_those_that_are_near(
    recipe: Recipe, tmp_path: Path
) -> None:
    error = failure(recipe, Machine(said="E: Unable to locate package libpq55"), tmp_path)
    assert error.message == "debian@12 has no package 'libpq55'"
    assert error.hint.startswith("Did you mean libpq5")


def test_a_name_that_is_none_reaches_no_command(recipe: Recipe, tmp_path: Path) -> None:
    machine = Machine()
    for name in ("a;b", "-o", "$(id)", "a,b", ""):
        error = failure(Recipe(DEBIAN, (name,), (), recipe.keyrings), machine, tmp_path)
        assert error.code is NO_PACKAGE
    assert machine.commands == []


def test_the_mirror_s_variable_is_told(recipe: Recipe, tmp_path: Path) -> None:
    error = failure(recipe, Machine(said="Could not connect to x:80"), tmp_path)
    assert "NUAGES_DEBIAN_MIRROR=" in error.hint
    assert "Could not connect" in error.details


def test_without_a_program_it_is_said_how_it_is_installed(recipe: Recipe, tmp_path: Path) -> None:
    error = failure(recipe, Machine(installed=False), tmp_path)
    assert error.code is NO_MMDEBSTRAP
    assert "apt-get install" in error.hint


def test_without_keys_their_package_is_named(recipe: Recipe, tmp_path: Path) -> None:
    (recipe.keyrings / "debian-archive-keyring.gpg").unlink()
    for name in ("ubuntu@24.04", "debian@12"):
        machine = Machine()
        error = failure(Recipe(parse_base(name), keyrings=recipe.keyrings), machine, tmp_path)
        assert error.code is NO_KEYRING
        assert "keyring" in error.hint
        assert machine.commands == []


def test_debian_vouches_for_the_keys_of_ubuntu(recipe: Recipe, tmp_path: Path) -> None:
    ubuntu = Recipe(parse_base("ubuntu@24.04"), keyrings=recipe.keyrings, key_sources=("deb x",))
    machine = Machine()
    make_root(ubuntu, tmp_path / "made/root", machine, machine.steps.append)
    keys, root = (command.argv for command in machine.commands)
    assert f"--keyring={recipe.keyrings}/debian-archive-keyring.gpg" in keys
    assert "--include=ubuntu-archive-keyring" in keys
    assert keys[-1] == "deb x"
    (used,) = [word for word in root if word.startswith("--keyring=")]
    assert used.endswith("/keys/usr/share/keyrings/ubuntu-archive-keyring.gpg")


def test_an_ordinary_user_is_told_what_to_set(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setenv("LOGNAME", "nobody-of-this-name")
    error = failure(recipe, Machine(), tmp_path)
    assert error.code is NO_NAMESPACES
    assert error.hint.startswith("As root: ")


def test_what_an_ordinary_user_lacks() -> None:
    assert "uidmap" in lacks_for_unshare("ada", "", "", mapper=False)
    assert "--add-subuids" in lacks_for_unshare("ada", "bob:1:2\n", "ada:1:2\n", mapper=True)
    assert lacks_for_unshare("ada", "ada:1:2\n", "bob:1:2\nada:1:2\n", mapper=True) == ""


def test_sources_are_the_named_mirror_s_else_this_machine_s() -> None:
    named = {"NUAGES_DEBIAN_MIRROR": "http://mirror.example/debian"}
    assert find_sources(DEBIAN, named, Machine())[0] == (
        "deb http://mirror.example/debian bookworm main"
    )
    # Without security updates of its own a machine is no example.
    assert find_sources(DEBIAN, {}, Machine()) == ()
