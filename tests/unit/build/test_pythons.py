"""Which interpreter a build gets, and what uv is told of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nuages.build.errors import NO_PYTHON
from nuages.build.pythons import Interpreter, find_python, uv_environment
from nuages.core.errors import NuagesError
from nuages.core.image import Placed
from nuages.system.command import Command, Completed


class Machine:
    """Has the Pythons of `installed`, and can fetch those of `fetchable`."""

    def __init__(self, installed: dict[str, Path], fetchable: dict[str, Path]) -> None:
        self.installed, self.fetchable = installed, fetchable

    def run(self, command: Command) -> Completed:
        argv = command.argv
        if argv[0] != "uv":
            return Completed(0, json.dumps(["/opt/python", "3.12.4", argv[0]]), "")
        request = argv[-1]
        if argv[2] == "install":
            if request in self.fetchable:
                self.installed[request] = self.fetchable[request]
            return Completed(0 if request in self.fetchable else 1, "", "")
        found = self.installed.get(request)
        return Completed(0, f"{found}\n", "") if found else Completed(2, "", "none")


def test_the_first_request_that_is_installed_is_taken(tmp_path: Path) -> None:
    machine = Machine({">=3.10": Path("/opt/python/bin/python3")}, {})
    found = find_python(("3.12", ">=3.10"), machine, "uv", tmp_path)
    assert found == Interpreter(Path("/opt/python/bin/python3"), "3.12.4", Path("/opt/python"))
    place = Path("/opt/python")
    assert (found.minor, found.mount) == ("3.12", Placed(place, place))


def test_a_link_to_an_interpreter_is_followed_to_its_end(tmp_path: Path) -> None:
    real = tmp_path / "python3.12"
    real.touch()
    (tmp_path / "python").symlink_to(real)
    machine = Machine({"3.12": tmp_path / "python"}, {})
    assert find_python(("3.12",), machine, "uv", tmp_path).executable == real


def test_one_that_is_not_there_is_fetched(tmp_path: Path) -> None:
    machine = Machine({}, {"3.13": Path("/opt/python/bin/python3")})
    assert find_python(("3.12", "3.13"), machine, "uv", tmp_path).version == "3.12.4"


def test_none_at_all_is_an_error_that_names_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(NuagesError, match=r"No Python 3\.6 or 3\.7") as caught:
        find_python(("3.6", "3.7"), Machine({}, {}), "uv", tmp_path)
    assert caught.value.code is NO_PYTHON


def test_the_systems_python_needs_no_mount() -> None:
    assert Interpreter(Path("/usr/bin/python3.12"), "3.12.1", Path("/usr")).mount is None


def test_uv_is_told_nothing_of_this_machines_users(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("PATH", f"/home/ada/.pyenv/shims:{tmp_path}")
    told = uv_environment(tmp_path)
    assert "canary" not in told.values()
    assert "shims" not in told["PATH"]
    assert told["UV_NO_CONFIG"] == "1"


def test_the_others_are_asked_for_once_nothing_else_can_be_had(tmp_path: Path) -> None:
    installed = Path("/opt/python/bin/python3")
    machine = Machine({"3.8": installed}, {"3.7": Path("/fetched/python3.7")})
    found = find_python(("3.7",), machine, "uv", tmp_path, ("3.8",))
    assert found.executable == Path("/fetched/python3.7")
    assert find_python(("3.6",), machine, "uv", tmp_path, ("3.8",)).executable == installed
