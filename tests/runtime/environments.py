"""Environments with a real Django, each on a Python of its age, made by uv when first asked for."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv

import nuages_runtime
from nuages_runtime.hook import FILES
from tools.pythons import find_python

UV = uv.find_uv_bin()
RUNTIME = Path(nuages_runtime.__path__[0]).parent
# The oldest, a middle one and the newest that is supported for long; with the Pythons to try.
SERVERS = ("gunicorn", "whitenoise", "uvicorn", "websockets")
KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "1.11": ("Django==1.11.*", ("gunicorn", "whitenoise"), ("3.6", "3.7", "3.8")),
    "4.2": ("Django==4.2.*", SERVERS, ("3.9", "3.10", "3.11", "3.12")),
    "5.2": (
        "Django==5.2.*",
        (
            *SERVERS,
            "gunicorn[gevent]",
            "pyuwsgi",
            "python-dotenv",
            "django-configurations",
            "django-compressor",
        ),
        ("3.12", "3.11", "3.13"),
    ),
    # Whatever is the newest for these Pythons.
    "newest": ("Django", ("gunicorn", "whitenoise"), ("3.13", "3.12")),
    # What settings read variables with.
    "5.2-variables": (
        "Django==5.2.*",
        ("gunicorn", "django-environ", "python-decouple", "environs", "pydantic-settings"),
        ("3.12", "3.11", "3.13"),
    ),
    # Those of a new project, which brings its own list of packages.
    "4.2-plain": ("Django==4.2.*", (), ("3.11", "3.10", "3.12")),
    "5.2-plain": ("Django==5.2.*", (), ("3.12", "3.11", "3.13")),
    "newest-plain": ("Django", (), ("3.13", "3.12", "3.14")),
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
    """The first of these versions that is installed, or that uv can fetch; a skip where there
    is none, and so nothing that this Django could run on."""
    for version in versions:
        found = find_python(version)
        if found is not None:
            return str(found)
    if subprocess.run([UV, "python", "install", "-q", versions[-1]], check=False).returncode == 0:
        return versions[-1]
    return ""


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
        found = interpreter(pythons)
        if not found:
            pytest.skip(f"no Python {' or '.join(pythons)} here, and none could be fetched")
        self._uv("venv", "-q", "-p", found, str(venv))
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
