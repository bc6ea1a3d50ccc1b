"""Find the interpreter that a build asks for, and where its installation lies."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.build.errors import NO_PYTHON
from nuages.core.errors import NuagesError
from nuages.core.image import Placed
from nuages.system.command import Command, Runner

# Where apps see an interpreter that was copied.
PLACE = Path("/python")

_ASK = (
    "import sys, json; print(json.dumps("
    "[sys.base_prefix, '.'.join(map(str, sys.version_info[:3])), sys.executable]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: its executable (no link, and in no environment), its version (`3.12.1`), and the
    folder of its installation; where that is a copy that apps see at /python, what it is one of."""

    executable: Path
    version: str
    prefix: Path
    copied_from: Path | None = None

    @property
    def minor(self) -> str:
        """`3.12` for `3.12.1`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def inside(self) -> Path:
        """Its executable as apps see it."""
        return self.place / self.executable.relative_to(self.prefix)

    @property
    def place(self) -> Path:
        """The folder of its installation as apps see it."""
        return PLACE if self.copied_from else self.prefix

    @property
    def mount(self) -> Placed | None:
        """What a sandbox has to mount for it; None below /usr, which it has anyway."""
        if self.prefix.is_relative_to("/usr"):
            return None
        return Placed(self.prefix, self.place)


def uv_environment(cache: Path) -> dict[str, str]:
    """The environment for uv: its cache, no configuration of this machine's users, and the
    interpreters of pyenv in its search path (their shims would lead uv astray)."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders = [str(path) for path in sorted(versions.glob("*/bin"), reverse=True)]
    path = [p for p in os.environ.get("PATH", "").split(os.pathsep) if not p.endswith("/shims")]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
        or name.lower() in ("http_proxy", "https_proxy", "no_proxy")
        or name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE")
    }
    return {
        **kept,
        "PATH": os.pathsep.join([*path, *folders]),
        "UV_CACHE_DIR": str(cache),
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_PREFERENCE": "system",
    }


def find_python(
    requests: Sequence[str], runner: Runner, uv: str, cache: Path, others: Sequence[str] = ()
) -> Interpreter:
    """The first request that can be met: installed ones first, then what uv can fetch; then the
    same of `others`.

    Raises build.E001 with the requests that were tried.
    """
    environment = uv_environment(cache)
    found = _find(requests, runner, uv, environment) or _find(others, runner, uv, environment)
    if found is None:
        wanted = " or ".join(requests)
        message = f"No Python {wanted} is on this machine, and none can be fetched"
        raise NuagesError(NO_PYTHON, message)
    return found


def _find(
    requests: Sequence[str], runner: Runner, uv: str, environment: dict[str, str]
) -> Interpreter | None:
    for request in requests:
        argv = (uv, "python", "find", "--system", "--no-python-downloads", request)
        found = runner.run(Command(argv, env=environment))
        if found.code == 0:
            return _describe(Path(found.stdout.strip()), runner)
    for request in requests:
        fetch = (uv, "python", "install", "--no-bin", request)
        if runner.run(Command(fetch, env=environment, timeout=300)).code == 0:
            find = (uv, "python", "find", "--managed-python", "--no-python-downloads", request)
            found = runner.run(Command(find, env=environment))
            if found.code == 0:
                return _describe(Path(found.stdout.strip()), runner)
    return None


def _describe(executable: Path, runner: Runner) -> Interpreter:
    answer = runner.run(Command((str(executable), "-I", "-S", "-c", _ASK)))
    prefix, version, real = json.loads(answer.stdout)
    return Interpreter(Path(real).resolve(), version, Path(prefix).resolve())
