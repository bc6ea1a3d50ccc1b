"""Compile Python files ahead: the largest lever on the time that an app takes to start.

The compiler runs in the target's interpreter but isolated and without `site`, so no file of
the project or of its packages is executed; the files are only parsed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nuages.system.command import Command, Runner

# Below this many files a second process costs more than it saves.
_SHARE = 100


def compile_tree(
    root: Path, prefix: Path, files: Sequence[str], python: Path, runner: Runner
) -> None:
    """Write unchecked-hash bytecode beside `files` (POSIX, below `root`), as if `root` were
    `prefix`. A file with a syntax error is left without: Python will name it when it runs."""
    if not files:
        return
    script = runtime_file("bytecode.py")
    argv = (
        str(python), "-I", "-S", str(script), str(root), "--prefix", str(prefix),
    )  # fmt: skip
    workers = min(os.cpu_count() or 1, 1 + len(files) // _SHARE)
    shares = [files[start::workers] for start in range(workers)]

    def run(share: Sequence[str]) -> None:
        runner.run(Command(argv, stdin=b"\0".join(os.fsencode(name) for name in share)))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, shares))


def cache_tag(version: str) -> str:
    """`cpython-312` for `3.12.1`."""
    major, minor = version.split(".")[:2]
    return f"cpython-{major}{minor}"


def runtime_file(name: str) -> Path:
    """A file of the installed `nuages_runtime` package; found without importing it."""
    return runtime_folder() / name


def runtime_folder() -> Path:
    """The folder of the `nuages_runtime` package, beside that of `nuages`."""
    return Path(__file__).resolve().parents[2] / "nuages_runtime"
