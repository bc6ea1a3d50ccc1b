"""That every test there is is one that runs."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_no_folder_of_tests_has_a_name_that_pytest_passes_over() -> None:
    """pytest's own list of such names has `build` in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    passed_over = project["tool"]["pytest"]["ini_options"]["norecursedirs"]
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    names = {name for folder in folders for name in folder.relative_to(ROOT).parts}
    assert {"unit", "build"} <= names
    assert [name for name in names for each in passed_over if fnmatch(name, each)] == []
