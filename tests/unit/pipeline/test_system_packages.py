"""System packages are installed where the operator allowed it, and named where not; apt itself is
behind the runner, and nothing is installed by these tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.errors import PACKAGES_LACKED
from nuages.build.install.environment import Environment
from nuages.build.pythons import Interpreter
from nuages.build.system.lacking import LackingError
from nuages.build.system.libraries import MissingLibrary
from nuages.build.system.ways import Way
from nuages.core.errors import NuagesError
from nuages.core.event import Event
from nuages.core.facts import Fact, SystemPackage
from nuages.core.overrides import Overrides
from nuages.inspect.inspection import inspect_project
from nuages.pipeline import system_packages
from nuages.pipeline.steps import Steps
from nuages.pipeline.system_packages import SystemPackages, build_findings
from nuages.source.directory import take_directory
from nuages.system.command import Command, Completed


class Machine:
    """A Debian on which `there` is installed; apt knows the packages of `known`."""

    def __init__(self, there: set[str], known: set[str]) -> None:
        self.there, self.known = there, known
        self.asked: list[tuple[str, ...]] = []

    def run(self, command: Command) -> Completed:
        if command.argv[0] == "dpkg-query":
            return Completed(0, "".join(f"installed {name} \n" for name in self.there), "")
        if "install" not in command.argv:
            return Completed(0, "", "")
        names = command.argv[command.argv.index("--") + 1 :]
        self.asked.append(names)
        unknown = [name for name in names if name not in self.known]
        if unknown:
            return Completed(100, "", f"E: Unable to locate package {unknown[0]}")
        self.there |= set(names)
        return Completed(0, "", "")


@pytest.fixture
def facts(project: Path, tmp_path: Path):
    found = inspect_project(take_directory(project, tmp_path / "store"), Overrides()).facts

    def make(**uses: str):
        packages = tuple(
            Fact(SystemPackage(name.replace("_", "-"), use), f"x needs {name}")
            for name, use in uses.items()
        )
        return replace(found, system_packages=packages)

    return make


@pytest.fixture
def system(facts):
    """System packages with a machine, and what is said."""
    said: list[Event] = []

    def make(machine: Machine, *, allowed: bool, **uses: str) -> SystemPackages:
        return SystemPackages(facts(**uses), allowed, machine, Steps(said.append, lambda: 0.0))

    make.said = said
    return make


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root of a Debian, whoever runs the test."""
    monkeypatch.setattr(system_packages, "can_install", lambda: True)


def test_without_permission_what_is_missing_is_said_and_nothing_is_installed(system) -> None:
    machine = Machine({"git"}, set())
    system(machine, allowed=False, ffmpeg="run", git="run").provide()
    assert [event.message for event in system.said] == [
        "Not on this machine: ffmpeg (x needs ffmpeg)"
    ]
    assert machine.asked == []


@pytest.mark.usefixtures("root")
def test_with_permission_only_what_is_missing_is_installed(system) -> None:
    machine = Machine({"git"}, {"ffmpeg"})
    system(machine, allowed=True, ffmpeg="run", git="run").provide()
    assert machine.asked == [("ffmpeg",)]


@pytest.mark.usefixtures("root")
def test_what_this_system_does_not_know_is_passed_over_unless_it_was_named(system) -> None:
    machine = Machine({"git"}, {"ffmpeg"})
    system(machine, allowed=True, ffmpeg="run", wkhtmltopdf="run").provide()
    assert "ffmpeg" in machine.there
    with pytest.raises(NuagesError) as raised:
        system(machine, allowed=True, nosuch="asked").provide()
    assert raised.value.code.code == "build.E031"
    assert "Unable to locate package nosuch" in raised.value.details


def test_a_platform_that_is_not_roots_says_so(system, monkeypatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: False)
    with pytest.raises(NuagesError) as raised:
        system(Machine({"git"}, set()), allowed=True, ffmpeg="run").provide()
    assert raised.value.code.code == "build.E032"
    assert raised.value.hint == "As root: apt-get install --no-install-recommends ffmpeg"


class Compiler:
    """Fails until each of these packages is there."""

    def __init__(self, machine: Machine, *packages: str) -> None:
        self.machine, self.packages = machine, packages

    def __call__(self) -> str:
        for package in self.packages:
            if package not in self.machine.there:
                raise LackingError(PACKAGES_LACKED, "lacking", (package,), "")
        return "compiled"


@pytest.mark.usefixtures("root")
def test_what_a_compiler_lacks_is_installed_one_after_the_other(system) -> None:
    machine = Machine({"git"}, {"libldap2-dev", "libsasl2-dev"})
    work = Compiler(machine, "libldap2-dev", "libsasl2-dev")
    assert system(machine, allowed=True).repeat(work) == "compiled"
    assert machine.asked == [("libldap2-dev",), ("libsasl2-dev",)]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("package", "allowed"), [("libldap2-dev", False), ("telnetd", True)])
def test_nothing_is_installed_that_is_not_allowed_or_not_of_the_table(
    system, package: str, allowed: bool
) -> None:
    machine = Machine({"git"}, {package})
    with pytest.raises(LackingError):
        system(machine, allowed=allowed).repeat(Compiler(machine, package))
    assert machine.asked == []


def test_ways_and_missing_libraries_are_findings() -> None:
    environment = Environment(
        "k",
        Path("/venv"),
        Interpreter(Path("/usr/bin/python3"), "3.12.1", Path("/usr")),
        (Way("psycopg2", "psycopg2-binary", ("libpq-dev",)), Way("uwsgi", "", ("gcc",))),
        (MissingLibrary("libGL.so.1", "lib/x/cv2.so"), MissingLibrary("libacme.so.2", "lib/y.so")),
    )
    found = list(build_findings(environment, "requirements.txt"))
    assert [each.code for each in found] == [
        "inspect.W093", "inspect.W095", "inspect.W094", "inspect.W094",
    ]  # fmt: skip
    assert found[0].message.startswith("psycopg2 is installed as psycopg2-binary")
    assert (found[0].file, found[2].file) == ("requirements.txt", "")
    assert found[2].fix.endswith("libgl1")
    assert found[3].fix == "As root: find its package: apt-file search libacme.so.2"
