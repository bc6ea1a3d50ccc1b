"""The day for packages that do not fit each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nuages.build.install.means import Means
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter
from nuages.build.versions.of_its_time import find_day
from nuages.core.facts import Dependencies
from nuages.core.home import Home
from nuages.core.image import Blueprint
from nuages.system.command import Command, Completed

TODAY = date(2026, 11, 1)
PYTHON = Interpreter(Path("/usr/bin/python3.12"), "3.12.1", Path("/usr"))
RELEASED = {"django==4.0.4": "2022-04-11", "environs==9.5.0": "2022-01-30"}


class Index:
    """uv with an index that has RELEASED, of which `compiled` has no wheel."""

    def __init__(self, compiled: str = "") -> None:
        self.compiled = compiled

    def run(self, command: Command) -> Completed:
        lines = Path(command.argv[-1]).read_text().split()
        if self.compiled in lines:
            name = self.compiled
            return Completed(1, "", f"Because {name} has no usable wheels and you require it")
        day = next((a.partition("=")[2] for a in command.argv if "exclude-newer" in a), "9999")
        return Completed(0 if all(RELEASED[each] <= day for each in lines) else 1, "", "")


def plan(**more: object) -> BuildPlan:
    dependencies = Dependencies("requirements", ".", ("requirements.txt",), **more)  # type: ignore[arg-type]
    return BuildPlan(
        dependencies, ("3.12",), (), "x", ".", Blueprint("mysite.settings", "wsgi", "", ())
    )


def day(tmp_path: Path, wanted: BuildPlan, text: str, compiled: str = "") -> str:
    (tmp_path / "requirements.txt").write_text(text)
    installer = Means(Home(tmp_path), Index(compiled), lambda _: (1, ""))  # type: ignore[arg-type]
    return find_day(installer, wanted, tmp_path, PYTHON, TODAY)


@pytest.mark.parametrize(
    ("text", "compiled", "noted", "found"),
    [
        ("django==4.0.4\nenvirons==9.5.0\nrequests\n", "", "", "2022-05-31"),
        ("django==4.0.4\nenvirons==9.5.0\n", "django==4.0.4", "", "2022-03-03"),
        ("django==4.0.4\n", "django==4.0.4", "2023-02-01", "2023-02-01"),
        ("requests\n", "", "2023-02-01", "2023-02-01"),
        ("requests\n", "", "", ""),
    ],
)
def test_the_day_is_told_by_the_newest_pin(
    tmp_path: Path, text: str, compiled: str, noted: str, found: str
) -> None:
    assert day(tmp_path, plan(noted=noted), text, compiled) == found


def test_what_is_of_a_day_is_not_looked_at_again(tmp_path: Path) -> None:
    wanted = plan(noted="2023-02-01")
    aged = replace(wanted, dependencies=replace(wanted.dependencies, as_of="2023-02-01"))
    assert day(tmp_path, aged, "django==4.0.4\n") == ""
