"""What is said of the Python that a build took."""

from __future__ import annotations

from pathlib import Path

from nuages.build.install.environment import Environment
from nuages.build.pythons import Interpreter
from nuages.pipeline.pythons import python_findings
from tests.unit.build.test_plan import facts, pinned


def taken(version: str, older: str = "") -> Environment:
    interpreter = Interpreter(Path("/opt/python"), f"{version}.1", Path("/opt"))
    return Environment("key", Path("/venv"), interpreter, older=older)


def said(version: str, python: str, origin: str, **dependencies: object) -> list[str]:
    found = python_findings(facts(python, origin, **dependencies), taken(version))
    return [finding.code for finding in found]


def test_nothing_is_said_of_a_python_that_was_asked_for() -> None:
    assert said("3.6", "3.6", "found", **pinned("5.2")) == []
    assert said("3.9", "3.12", "default", **pinned("2.2")) == []


def test_one_that_could_not_be_had_is_said() -> None:
    assert said("3.8", "3.5", "found", **pinned("3.2")) == ["inspect.W130"]
    assert said("3.8", "3.7", "found", **pinned("3.2")) == ["inspect.W130"]


def test_one_that_django_does_not_support_is_said() -> None:
    assert said("3.8", "3.12", "default", **pinned("1.10.5")) == ["inspect.W131"]


def test_why_it_is_an_older_one_is_said() -> None:
    environment = taken("3.9", "numpy==1.19.5 has no wheel for Python 3.12")
    (finding,) = python_findings(facts("3.12", "default", **pinned("3.2")), environment)
    assert finding.message.endswith("numpy==1.19.5 has no wheel for Python 3.12")


def test_why_it_is_a_newer_one_is_said() -> None:
    environment = taken("3.7", "ipython==7.24.1 needs Python 3.7 or newer")
    (finding,) = python_findings(facts("3.6", "found", **pinned("2.2")), environment)
    assert finding.code == "inspect.W230"
    assert "Python 3.7 is taken: ipython==7.24.1 needs" in finding.message
