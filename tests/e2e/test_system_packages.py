"""Packages that are compiled where a header is missing, and libraries that nothing brings."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nuages.build.system.apt import missing_packages
from nuages.core.system_packages import HEADERS
from nuages.system.command import LocalRunner
from tools.answers import Visitor
from tools.demo import examples
from tools.own_platform import Platform

POLLS = next(path for path in examples() if path.name == "polls")
SETUP = (
    "from setuptools import Extension, setup\n"
    "setup(name='needy', version='1', ext_modules=[Extension('needy', ['needy.c'])])\n"
)
LINKED = (
    "from setuptools import setup\n"
    "setup(name='linked', version='1', packages=['linked'], package_data={'linked': ['*.so']})\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(POLLS, folder)
    return folder


def add_package(project: Path, name: str, files: dict[str, str]) -> Path:
    """A package of the project's own, which its requirements name."""
    with (project / "requirements.txt").open("a") as stream:
        stream.write(f"./libs/{name}\n")
    for path, text in files.items():
        place = project / "libs" / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return project / "libs" / name


def absent_header() -> tuple[str, str]:
    """A header of the table that is not on this machine, and its package."""
    missing = missing_packages(sorted(set(HEADERS.values())), LocalRunner())
    if not missing:
        pytest.skip("only root of a Debian without each of these headers can try it")
    return next((header, package) for header, package in HEADERS.items() if package == missing[0])


def test_a_header_that_is_missing_is_told_with_the_package_that_brings_it(
    platform: Platform, project: Path
) -> None:
    header, package = absent_header()
    add_package(project, "needy", {"setup.py": SETUP, "needy.c": f"#include <{header}>\n"})
    told = platform.run("deploy", str(project), "--app", "needy", code=1).stderr
    assert "build.E030" in told
    assert re.search(rf"needy has no wheel for Python [0-9.]+; compiling it takes {package}", told)
    assert f"As root: apt-get install --no-install-recommends {package}" in told


def test_a_library_that_nothing_brings_is_a_finding(platform: Platform, project: Path) -> None:
    package = add_package(project, "linked", {"setup.py": LINKED, "linked/__init__.py": ""})
    stub, user = package / "libacme.so.7", package / "user.c"
    user.write_text("int use(void) { return 1; }\n")
    shared = ["gcc", "-shared", "-fPIC", "-Wl,--no-as-needed", str(user)]
    subprocess.run([*shared, "-Wl,-soname,libacme.so.7", "-o", stub], check=True)
    subprocess.run([*shared, str(stub), "-o", package / "linked/_core.so"], check=True)
    stub.unlink()
    ended = platform.read("deploy", str(project), "--app", "linked")
    assert Visitor(ended["url"]).ask("/polls/").status == 200
    (finding,) = [each for each in ended["findings"] if each["code"] == "inspect.W094"]
    assert "linked/_core.so needs libacme.so.7" in finding["message"]
