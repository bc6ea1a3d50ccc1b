"""Which platform a command means."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.cli.home import Surroundings, choose_home


def around(tmp_path: Path, *, root: bool = False, **environ: str) -> Surroundings:
    return Surroundings(root, environ, tmp_path / "user", tmp_path / "system")


def test_the_option_wins_over_the_environment(tmp_path: Path) -> None:
    chosen = choose_home(Path("/srv/one"), around(tmp_path, NUAGES_HOME="/srv/two"))

    assert chosen.home.path == Path("/srv/one")


def test_the_environment_wins_over_the_default(tmp_path: Path) -> None:
    chosen = choose_home(None, around(tmp_path, root=True, NUAGES_HOME="/srv/two"))

    assert chosen.home.path == Path("/srv/two")


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert choose_home(Path("here"), around(tmp_path)).home.path == tmp_path / "here"


def test_root_gets_the_system_s_platform(tmp_path: Path) -> None:
    assert choose_home(None, around(tmp_path, root=True)).home.path == tmp_path / "system"


def test_a_user_gets_a_place_of_their_own(tmp_path: Path) -> None:
    chosen = choose_home(None, around(tmp_path))

    assert chosen.home.path == tmp_path / "user/.local/share/nuages"
    assert not chosen.foreign


def test_a_user_without_a_platform_tries_the_system_s_first(tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()

    chosen = choose_home(None, around(tmp_path))

    assert chosen.home.path == tmp_path / "system"
    assert chosen.foreign


def test_a_user_with_a_platform_keeps_it_beside_the_system_s(tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()
    surroundings = around(tmp_path)
    surroundings.own.mkdir(parents=True)

    assert choose_home(None, surroundings).home.path == surroundings.own
