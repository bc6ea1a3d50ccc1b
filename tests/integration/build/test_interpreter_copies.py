"""Interpreters that apps see at /python, wherever they were found."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages.build.interpreters.copies import ensure_copy
from nuages.build.pythons import Interpreter
from nuages.core.home import Home
from nuages.core.image import Placed
from nuages.system.command import Command, Completed, LocalRunner
from nuages.system.sandbox import SandboxSpec, base_mounts, bubblewrap_argv
from nuages.system.sandbox_host import find_bubblewrap, top_links

VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = VERSION.rpartition(".")[0]
FOUND = Interpreter(Path(os.path.realpath(sys.executable)), VERSION, Path(sys.base_prefix))
ASK = (
    "import ctypes, json, sqlite3, ssl, sys, sysconfig, zlib; "
    "print(json.dumps([sys.prefix, ssl.__file__, sysconfig.get_config_var('INCLUDEPY')]))"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def files_of(tree: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(tree)), hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_copy_runs_in_a_sandbox_that_has_nothing_of_the_place_it_was_found_in(
    tmp_path: Path,
) -> None:
    made = ensure_copy(FOUND, Home(tmp_path / "home"), LocalRunner())
    assert made.executable.is_relative_to(tmp_path / "home" / "pythons")
    assert made.mount == Placed(made.prefix, Path("/python"))
    sandbox = SandboxSpec(base_mounts(top_links(), made.mount), root=os.geteuid() == 0)
    argv = (str(made.inside), "-I", "-v", "-c", ASK)
    runner = LocalRunner()
    ran = runner.run(Command(bubblewrap_argv(find_bubblewrap(runner), sandbox, argv), env={}))
    prefix, module, headers = json.loads(ran.stdout)
    assert (prefix, module) == ("/python", f"/python/lib/python{MINOR}/ssl.py")
    assert headers.startswith(("/python/", "/usr/include"))
    # Bytecode that was made ahead is taken: the copy is not to be written to.
    assert f"code object from '/python/lib/python{MINOR}/ssl.py'" not in ran.stderr


def test_two_homes_share_a_copy_and_one_made_again_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (
        ensure_copy(FOUND, Home(tmp_path / name), LocalRunner()).prefix for name in ("one", "two")
    )
    program = Path("bin", f"python{MINOR}")
    assert (one / program).stat().st_ino == (two / program).stat().st_ino
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    again = ensure_copy(FOUND, Home(tmp_path / "three"), LocalRunner()).prefix
    assert (one / program).stat().st_ino != (again / program).stat().st_ino
    assert list(files_of(one)) == list(files_of(again))
    assert not list(one.rglob("test_*.py"))


def test_an_interpreter_whose_copy_does_not_start_stays_where_it_is(tmp_path: Path) -> None:
    class Refusing(LocalRunner):
        def run(self, command: Command) -> Completed:
            return Completed(1, "", "error while loading shared libraries")

    home = Home(tmp_path / "home")
    assert ensure_copy(FOUND, home, Refusing()) == FOUND
    assert not home.pythons.exists()
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_dir()][2:]
