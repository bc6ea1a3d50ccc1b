"""The library that a project is an example of, as what to install beside the project's packages."""

from __future__ import annotations

import posixpath
from pathlib import Path


def library_arguments(library: str, tree: Path) -> tuple[tuple[str, ...], ...]:
    """Arguments to try one after the other for the build file `library` of the source at `tree`:
    it is installed; else what it needs alone, since its modules are found in the source. Nothing
    where there is none. The source is /app."""
    if not library:
        return ((),)
    folder, needed = posixpath.dirname(f"/app/{library}"), ("-r", f"/app/{library}")
    setup = tree / posixpath.dirname(library) / "setup.py"
    # There is no Node.js for such a one, and a front end is built elsewhere.
    by_npm = setup.is_file() and b"npm" in setup.read_bytes()
    return (needed,) if by_npm else ((folder,), needed)
