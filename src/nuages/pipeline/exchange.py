"""Exchange folders: where a one-off leaves files for the pipeline that started it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nuages.core.home import Home

_PREFIX = "exchange-"


@contextmanager
def exchange_folder(home: Home) -> Iterator[Path]:
    """A new folder below the cache, removed at the end."""
    home.cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home.cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def discard_exchanges(home: Home) -> None:
    """Remove the folders of pipelines that were killed. Only while no pipeline is under way."""
    for folder in home.cache.glob(f"{_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)
