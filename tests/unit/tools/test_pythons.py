"""Where interpreters are looked for."""

import sys
from pathlib import Path

from tools.pythons import find_python, managers, runs

HOME = Path("/home/ada")


def test_the_usual_folder_of_a_version_manager_is_looked_at() -> None:
    assert managers({}, HOME, Path("/usr")) == [HOME / ".pyenv/versions"]


def test_the_named_folder_wins() -> None:
    assert managers({"PYENV_ROOT": "/opt/pyenv"}, HOME, Path("/usr")) == [
        Path("/opt/pyenv/versions")
    ]


def test_the_manager_on_the_path_is_found_with_another_home() -> None:
    found = managers({"PATH": "/usr/bin:/root/.pyenv/shims"}, HOME, Path("/usr"))

    assert Path("/root/.pyenv/versions") in found


def test_the_manager_that_we_run_from_is_found() -> None:
    found = managers({}, HOME, Path("/root/.pyenv/versions/3.11.7"))

    assert Path("/root/.pyenv/versions") in found


def test_our_own_interpreter_runs() -> None:
    assert runs(Path(sys.executable))


def test_what_is_not_there_does_not_run(tmp_path: Path) -> None:
    assert not runs(tmp_path / "python3")


def test_a_version_that_there_cannot_be_is_not_found() -> None:
    assert find_python("3.99") is None
