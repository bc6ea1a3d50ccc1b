"""Projects to take, a store, and zips made entry by entry."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "home" / "sources"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Make a folder from paths and texts."""

    def make(files: Mapping[str, str], name: str = "polls") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for path, text in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return folder

    return make


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Make a zip from (name, content) pairs; a third element is the unix mode."""

    def make(*entries: tuple, name: str = "polls.zip", level: int | None = None) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as zipped:
            for entry in entries:
                info = zipfile.ZipInfo(entry[0])
                info.create_system = 3
                info.compress_type = zipfile.ZIP_DEFLATED
                mode = entry[2] if len(entry) > 2 else stat.S_IFREG | 0o644
                info.external_attr = mode << 16
                zipped.writestr(info, entry[1])
        return path

    return make
