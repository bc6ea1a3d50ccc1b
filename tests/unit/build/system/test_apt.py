"""apt is asked for names alone; nothing is installed by these tests."""

from __future__ import annotations

import pytest

from nuages.build.system.apt import install_packages, missing_packages
from nuages.system.command import Command, Completed

LISTED = (
    "installed libc6 \ninstalled libmagic1t64 libmagic1 (= 1:5.45), other\nconfig-files ffmpeg \n"
)


class Machine:
    """Answers dpkg-query with `LISTED`, and apt-get with one prepared end after the other."""

    def __init__(self, *ends: Completed) -> None:
        self.commands: list[Command] = []
        self._ends = list(ends)

    def run(self, command: Command) -> Completed:
        self.commands.append(command)
        if command.argv[0] == "dpkg-query":
            return Completed(0, LISTED, "")
        if "install" in command.argv and self._ends:
            return self._ends.pop(0)
        return Completed(0, "", "")

    @property
    def words(self) -> list[str]:
        """What was started, in one word each."""
        verbs = ("install", "update", "--configure")
        return [next(word for word in command.argv if word in verbs) for command in self.commands]


def test_what_another_package_provides_is_there() -> None:
    wanted = ("libmagic1", "ffmpeg", "gdal-bin", "libc6", "gdal-bin")
    assert missing_packages(wanted, Machine()) == ("ffmpeg", "gdal-bin")


def test_nobody_is_asked_about_nothing() -> None:
    machine = Machine()
    assert missing_packages((), machine) == ()
    assert machine.commands == []


def test_where_there_is_no_dpkg_nothing_is_missing() -> None:
    class NoDebian:
        def run(self, command: Command) -> Completed:
            raise FileNotFoundError(command.argv[0])

    assert missing_packages(("ffmpeg",), NoDebian()) == ()


def test_apt_removes_nothing_asks_nothing_and_takes_no_name_for_a_pattern() -> None:
    machine = Machine()
    install_packages(["gdal-bin", "libpq-dev"], machine)
    (command,) = machine.commands
    assert command.argv[-3:] == ("--", "gdal-bin", "libpq-dev")
    assert {"-y", "--no-install-recommends", "--no-remove"} <= set(command.argv)
    assert "APT::Cmd::Pattern-Only=true" in command.argv
    assert any(word.startswith("DPkg::Lock::Timeout=") for word in command.argv)
    assert command.env is not None
    assert command.env["DEBIAN_FRONTEND"] == "noninteractive"


@pytest.mark.parametrize(
    "said", ["E: Unable to locate package x", "E: Failed to fetch http://y  404  Not Found"]
)
def test_old_lists_are_fetched_anew(said: str) -> None:
    machine = Machine(Completed(100, "", said))
    assert install_packages(["x"], machine).code == 0
    assert machine.words == ["install", "update", "install"]


def test_an_installation_that_was_killed_is_carried_to_its_end() -> None:
    said = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct"
    machine = Machine(Completed(100, "", said))
    assert install_packages(["x"], machine).code == 0
    assert machine.words == ["install", "--configure", "install"]


def test_another_failure_is_handed_back() -> None:
    machine = Machine(Completed(100, "", "E: Could not get lock"))
    assert install_packages(["x"], machine).stderr == "E: Could not get lock"
    assert machine.words == ["install"]
