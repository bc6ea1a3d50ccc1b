"""The one folder whose projects an assistant may name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nuages.assist.errors import NOT_THERE, OUTSIDE
from nuages.core.errors import NuagesError


@dataclass(frozen=True, slots=True)
class Folder:
    """An absolute path, links in it kept."""

    path: Path

    def find(self, name: str) -> Path:
        """The absolute path of the folder or file that `name` means, seen from here. Raises
        assist.E001 where it leads out, by `..` or by a link, and assist.E002 where it is not."""
        found = Path(os.path.abspath(self.path / name))  # noqa: PTH100 keeps links
        try:
            inside = found.resolve().is_relative_to(self.path.resolve())
            there = inside and found.exists()
        except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL, a name too long
            inside, there = True, False
        if not inside:
            raise NuagesError(OUTSIDE, f"'{name}' lies outside of {self.path}")
        if not there:
            raise NuagesError(NOT_THERE, f"There is nothing at '{name}' in {self.path}")
        return found
