"""A Python that is really there, and installations whose sandbox is a function."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.install.means import InstallCommand
from nuages.build.packages import PackageInstaller
from nuages.build.plan import BuildPlan
from nuages.core.facts import Dependencies
from nuages.core.home import Home
from nuages.core.image import Blueprint
from nuages.system.command import Command, Completed, LocalRunner

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


class Programs:
    """Runs what it is told to, and remembers it, with the lines that were to be installed."""

    def __init__(self) -> None:
        self.argvs: list[tuple[str, ...]] = []
        self.lines: list[str] = []
        self._runner = LocalRunner()

    def run(self, command: Command) -> Completed:
        self.argvs.append(command.argv)
        if "install" in command.argv:
            file = command.argv[command.argv.index("-r") + 1]
            self.lines += Path(file).read_text().splitlines()
        return self._runner.run(command)


class Sandbox:
    """Makes an environment as uv would inside, then does what a package's code might do."""

    def __init__(self) -> None:
        self.commands: list[InstallCommand] = []
        self.code: Callable[[Path], None] = lambda _venv: None

    def __call__(self, command: InstallCommand) -> tuple[int, str]:
        self.commands.append(command)
        venv = command.exchange / "venv"
        if "venv" in command.argv:
            python = command.argv[command.argv.index("--python") + 1]
            uv = str(command.venv / "bin" / "uv")
            made = LocalRunner().run(Command((uv, "venv", "-q", "--python", python, str(venv))))
            return made.code, made.stderr
        self.code(venv)
        return 0, ""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def installer(
    home: Home, programs: Programs, sandbox: Sandbox, tmp_path: Path, monkeypatch
) -> PackageInstaller:
    """Without network: `greeting` is the one distribution that there is, as a wheel."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    make_wheel(wheels)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    return PackageInstaller(home, programs, sandbox, copied=lambda found, *_: found)


def make_wheel(
    folder: Path, more: dict[str, str] | None = None, name: str = "greeting", needs: str = ""
) -> Path:
    """The distribution `greeting`, with a script; `more` are other files of it."""
    info = f"{name}-1.0.dist-info"
    wanted = f"Requires-Dist: {needs}\n" if needs else ""
    files = {
        f"{name}.py": "def say(): print('hello')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{wanted}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\ngreet = {name}:say\n",
        **(more or {}),
    }
    rows = [f"{name},sha256=,{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return path


def make_source_only(folder: Path, version: str, trace: Path) -> None:
    """A release of `greeting` without a wheel; whoever asks its setup.py leaves a `trace`."""
    top = f"greeting-{version}"
    files = {
        "PKG-INFO": f"Metadata-Version: 1.0\nName: greeting\nVersion: {version}\n",
        "setup.py": f"open({str(trace)!r}, 'w')\nfrom setuptools import setup\nsetup()\n",
    }
    with tarfile.open(folder / f"{top}.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., tuple[BuildPlan, Path]]:
    """A plan for a source with a dependency file of this text, and the source's folder."""

    def make(text: str = "greeting==1.0\n", **said: object) -> tuple[BuildPlan, Path]:
        values = {"kind": "requirements", "root": ".", "files": ("requirements.txt",), **said}
        dependencies = Dependencies(**values)  # type: ignore[arg-type]
        tree = tmp_path / "tree"
        file = tree / dependencies.files[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        blueprint = Blueprint("mysite.settings", "wsgi", "", ())
        return BuildPlan(dependencies, (MINOR,), (), digest, ".", blueprint), tree

    return make
