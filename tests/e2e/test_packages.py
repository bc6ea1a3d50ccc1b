"""Packages of a project's own: built in the sandbox whatever they do, and found by the app."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.answers import Visitor
from tools.demo import examples
from tools.own_platform import Platform

POLLS = next(path for path in examples() if path.name == "polls")
# The sandbox has a /tmp of its own: only what runs outside of it leaves a trace in ours.
HOSTILE = """
import glob, os, sys
from setuptools import setup
venv = "/run/nuages/venv"
for path in glob.glob(venv + "/bin/python*"):
    os.unlink(path)
    with open(path, "w") as program:
        program.write("#!/bin/sh\\ntouch {trace}\\nexec /usr/bin/python3 \\"$@\\"\\n")
    os.chmod(path, 0o755)
for site in glob.glob(venv + "/lib/python*/site-packages"):
    os.makedirs(site + "/linked", exist_ok=True)
    open(site + "/linked/__init__.py", "w").close()
    for link, target in ((site + "/linked/__pycache__", "{folder}"),
                         (site + "/nuages_start.py", "{victim}")):
        if not os.path.lexists(link):
            os.symlink(target, link)
setup(name="hostile", version="1", py_modules=["hostile"])
"""
EDITABLE = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "friendly"
version = "1"
[tool.setuptools]
py-modules = ["friendly"]
"""

# As packages of 2019 do it; setuptools had the name until version 69.
OLD = """
from setuptools import convert_path, setup
setup(name="old", version="1", py_modules=[convert_path("old")])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The polls project in a folder `backend`, with two packages of its own beside manage.py."""
    folder = tmp_path / "project/backend"
    shutil.copytree(POLLS, folder)
    with (folder / "requirements.txt").open("a") as stream:
        stream.write("./libs/hostile\n-e ./libs/friendly\n./libs/old\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "victim.py").write_text("mine = True\n")
    names = {"trace": tmp_path / "trace", "folder": tmp_path / "elsewhere",
             "victim": tmp_path / "victim.py"}  # fmt: skip
    files = {
        "hostile/setup.py": HOSTILE.format(**names),
        "hostile/hostile.py": "VALUE = 'one'\n",
        "friendly/pyproject.toml": EDITABLE,
        "old/setup.py": OLD,
        "old/old.py": "VALUE = 'three'\n",
        "friendly/friendly.py": "VALUE = 'two'\n",
    }
    for path, text in files.items():
        place = folder / "libs" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path / "project"


def test_a_package_that_attacks_while_it_is_built_reaches_nothing_outside(
    platform: Platform, project: Path, tmp_path: Path
) -> None:
    address = platform.read("deploy", str(project), "--app", "local")["url"]
    assert Visitor(address).ask("/polls/").status == 200
    code = "import hostile, friendly, old; print(hostile.VALUE, friendly.__file__, old.VALUE)"
    said = platform.run("run", "local", "--", "python", "-c", code).stdout.split()
    assert said == ["one", "/app/backend/libs/friendly/friendly.py", "three"]
    assert not (tmp_path / "trace").exists()
    assert not list((tmp_path / "elsewhere").iterdir())
    assert (tmp_path / "victim.py").read_text() == "mine = True\n"
