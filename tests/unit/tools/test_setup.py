"""script/setup on a machine where nothing can be installed: it says so once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("bash", "env", "dirname", "cat", "sha256sum", "cut", "grep", "id", "mktemp", "rm")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with an environment that is up to date, and a PATH without any package's program."""
    clone = tmp_path / "clone"
    (clone / "script").mkdir(parents=True)
    shutil.copy(ROOT / "script/setup", clone / "script/setup")
    for name in ("requirements.lock", "pyproject.toml"):
        (clone / name).write_text(name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    for name in ("python", "uv"):
        program(clone / ".venv/bin" / name, "exit 0")
    made_from = hashlib.sha256(b"requirements.lockpyproject.toml").hexdigest()
    (clone / ".venv/.made-from").write_text(f"{made_from} {clone}\n")
    return clone


def program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def setup(clone: Path) -> str:
    """What script/setup says."""
    done = subprocess.run(
        [clone / "script/setup", "--tests"],
        env={"PATH": str(clone.parent / "bin"), "HOME": str(clone.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_an_ordinary_user_is_told_once_what_there_is_none_of(clone: Path) -> None:
    (clone.parent / "bin/id").unlink()
    program(clone.parent / "bin/id", "echo 1000")

    assert "going without passt" in setup(clone)
    assert setup(clone) == ""


def test_root_without_network_asks_for_packages_once(clone: Path) -> None:
    (clone.parent / "bin/id").unlink()
    program(clone.parent / "bin/id", "echo 0")
    program(clone.parent / "bin/apt-get", f'echo "$@" >> {clone}/asked; exit 1')

    first = setup(clone)
    asked = (clone / "asked").read_text()

    assert "going without passt" in first
    assert "install" in asked
    assert setup(clone) == ""
    assert (clone / "asked").read_text() == asked
