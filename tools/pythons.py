"""Finds Python interpreters of a given minor version on this machine, wherever they hide."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def find_python(version: str) -> Path | None:
    """An interpreter such as `3.8` that runs, or None."""
    return next((path for path in candidates(version) if runs(path)), None)


def candidates(version: str) -> Iterator[Path]:
    """Where one could be: version managers' folders first, then the path."""
    for root in managers(os.environ, Path.home(), Path(sys.base_prefix)):
        yield from sorted(root.glob(f"{version}.*/bin/python3"), reverse=True)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder) / f"python{version}"
        if path.exists():
            yield path


def managers(environ: os._Environ[str] | dict[str, str], home: Path, prefix: Path) -> list[Path]:
    """Folders that hold one installation for each version, as pyenv does: the one that is
    named, the usual one, the one whose stand-ins are on the path, the one that we run from."""
    roots = [Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"]
    for folder in environ.get("PATH", "").split(os.pathsep):
        if Path(folder).name == "shims":
            roots.append(Path(folder).parent / "versions")
    if prefix.parent.name == "versions":
        roots.append(prefix.parent)
    return list(dict.fromkeys(roots))


def runs(python: Path) -> bool:
    """Whether it starts: a version manager's stand-in is there for versions that it has not."""
    try:
        done = subprocess.run([python, "-I", "-c", ""], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
