"""gunicorn of before setuptools lost a module of its own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nuages_runtime.server.kinds import old_gunicorn

UTIL = "import pkg_resources\nseen = pkg_resources\n"


@pytest.fixture
def gunicorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One that imports pkg_resources; where it lies."""
    (tmp_path / "gunicorn").mkdir()
    (tmp_path / "gunicorn/__init__.py").write_text("")
    (tmp_path / "gunicorn/util.py").write_text(UTIL)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [each for each in sys.modules if each.partition(".")[0] == "gunicorn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "pkg_resources", raising=False)
    yield tmp_path
    for name in [each for each in sys.modules if each.partition(".")[0] == "gunicorn"]:
        del sys.modules[name]


def test_it_is_imported_without_it_and_nobody_else_sees_that(gunicorn, monkeypatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pkg_resources" else found(name)
    )
    old_gunicorn.prepare()
    assert sys.modules["gunicorn.util"].seen.__name__ == "pkg_resources"
    assert "pkg_resources" not in sys.modules


def test_where_it_is_there_nothing_is_done(gunicorn: Path) -> None:
    (gunicorn / "pkg_resources.py").write_text("")
    importlib.invalidate_caches()
    old_gunicorn.prepare()
    assert "gunicorn.util" not in sys.modules
