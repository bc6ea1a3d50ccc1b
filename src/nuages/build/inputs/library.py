"""What the source builds, as what to install beside the project's packages: the library that a
project is an example of, or the project itself."""

from __future__ import annotations

import posixpath
from pathlib import Path

from nuages.core.facts import Dependencies


def library_arguments(dependencies: Dependencies, tree: Path) -> tuple[tuple[str, ...], ...]:
    """Arguments to try one after the other for the build file that `dependencies` of the source at
    `tree` name: it is installed; else what it needs alone, since its modules are found in the
    source; else nothing, where that was read of it, or of its lock. Nothing where there is none.
    The source is /app."""
    library = dependencies.library
    if not library:
        return ((),)
    folder, needed = posixpath.dirname(f"/app/{library}"), ("-r", f"/app/{library}")
    nothing = ((),) if library in dependencies.files and dependencies.names else ()
    setup = tree / posixpath.dirname(library) / "setup.py"
    # There is no Node.js for such a one, and a front end is built elsewhere.
    by_npm = setup.is_file() and b"npm" in setup.read_bytes()
    return (needed, *nothing) if by_npm else ((folder,), needed, *nothing)
