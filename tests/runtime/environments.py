"""Environments with a real Django, each on a Python of its age, made by uv when first asked for."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uv

import nuages_runtime
from nuages_runtime.hook import FILES

UV = uv.find_uv_bin()
RUNTIME = Path(nuages_runtime.__path__[0]).parent
# The oldest, a middle one and the newest that is supported for long; with the Pythons to try.
SERVERS = ("gunicorn", "uvicorn", "websockets")
KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "1.11": ("Django==1.11.*", ("gunicorn",), ("3.6", "3.7", "3.8")),
    "4.2": ("Django==4.2.*", SERVERS, ("3.9", "3.10")),
    "5.2": ("Django==5.2.*", (*SERVERS, "django-configurations"), ("3.12", "3.11", "3.13")),
    # A version of gunicorn whose threaded worker is another one.
    "5.2-old-gunicorn": ("Django==5.2.*", ("gunicorn==23.0.0",), ("3.11", "3.12", "3.13")),
}


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with the runtime's hook in its site-packages."""

    kind: str
    python: Path

    @property
    def bin(self) -> Path:
        return self.python.parent

    def run(self, *argv: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run its Python to the end."""
        whole = {"PATH": f"{self.bin}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **env}
        return subprocess.run(
            [self.python, *argv],
            cwd=cwd,
            env=whole,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@functools.cache
def interpreter(versions: tuple[str, ...]) -> str:
    """The first of these versions that is installed, else the last one, for uv to fetch."""
    for version in versions:
        for found in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
            return str(found)
        for folder in os.environ["PATH"].split(os.pathsep):
            candidate = Path(folder) / f"python{version}"
            if candidate.exists() and _runs(candidate):
                return str(candidate)
    return versions[-1]


def _runs(python: Path) -> bool:
    # A version manager's stand-in is there for versions that it cannot run.
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


class Environments:
    """Makes each environment once, below one temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Environment] = {}

    def get(self, kind: str) -> Environment:
        """The environment for a key of KINDS."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        return self._made[kind]

    def folder(self, kind: str, name: str) -> Path:
        """A place for what is made once for an environment."""
        return self._folder / f"{kind}.{name}"

    def _make(self, kind: str) -> Environment:
        django, others, pythons = KINDS[kind]
        venv = self._folder / kind
        self._uv("venv", "-q", "-p", interpreter(pythons), str(venv))
        python = venv / "bin" / "python"
        self._uv("pip", "install", "-q", "-p", str(python), django, *others)
        site = next(venv.glob("lib/python*/site-packages"))
        for name, content in FILES.items():
            (site / name).write_text(content)
        return Environment(kind, python)

    @staticmethod
    def _uv(*argv: str) -> None:
        done = subprocess.run([UV, *argv], capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr


def make_environments() -> tuple[tempfile.TemporaryDirectory[str], Environments]:
    """A temporary folder and what makes environments in it."""
    folder = tempfile.TemporaryDirectory(prefix="nr", dir="/tmp")
    return folder, Environments(Path(folder.name))
