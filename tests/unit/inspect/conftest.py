"""Projects made from paths and texts, and inspected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from nuages.core.overrides import Overrides
from nuages.core.source import Source
from nuages.inspect.inspection import Inspection, inspect_project
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree
from nuages.source.directory import take_directory

# What is past its end is so on a day: this one.
DAY = date(2026, 11, 1)


@pytest.fixture
def take(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Source]:
    """Make a source from paths and contents."""
    count = 0

    def make(files: Mapping[str, str | bytes]) -> Source:
        nonlocal count
        count += 1
        folder = tmp_path / f"project{count}"
        for path, content in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return take_directory(folder, tmp_path / "store")

    return make


@pytest.fixture
def inspected(take) -> Callable[..., Inspection]:
    """Make a project and inspect it; `root`, `strict` and `variables` as in Overrides."""

    def run(files: Mapping[str, str | bytes], **overrides: object) -> Inspection:
        said = {"today": DAY, **overrides}
        return inspect_project(take(files), Overrides(**said))  # type: ignore[arg-type]

    return run


@pytest.fixture
def tree(take) -> Callable[[Mapping[str, str | bytes]], Tree]:
    """A tree with remarks of its own."""
    return lambda files: Tree(take(files), Remarks())
