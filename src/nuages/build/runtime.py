"""The runtime that goes into every image: a copy of `nuages_runtime`, kept by its digest."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import shutil
from pathlib import Path

from nuages.build.bytecode import cache_tag, compile_tree, runtime_folder
from nuages.build.pythons import Interpreter
from nuages.core.home import Home
from nuages.system.command import Runner
from nuages.system.files import publish_directory, remove_tree


def ensure_runtime(home: Home) -> Path:
    """A folder that holds the package `nuages_runtime`, to be mounted at /nuages."""
    final = home.runtimes / runtime_digest()
    if final.is_dir():
        return final
    temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
    try:
        shutil.copytree(
            runtime_folder(),
            temporary / "nuages_runtime",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        _open(temporary)
        publish_directory(temporary, final)
    finally:
        remove_tree(temporary)
    return final


def ensure_bytecode(runtime: Path, python: Interpreter, runner: Runner) -> None:
    """Compile a copy of the runtime for `python`, once: /nuages is read-only, so every start of
    an app would do it again. Bytecode of several versions lies side by side."""
    done = runtime / f".compiled-{cache_tag(python.version)}"
    if done.exists():
        return
    files = [str(p.relative_to(runtime)) for p in (runtime / "nuages_runtime").rglob("*.py")]
    compile_tree(runtime, Path("/nuages"), files, python.executable, runner)
    done.touch()


@functools.cache
def runtime_digest() -> str:
    """A digest over names and contents of the installed runtime; read once a process."""
    digest = hashlib.sha256()
    folder = runtime_folder()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(folder)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _open(tree: Path) -> None:
    """Readable by every user of a sandbox, whatever the umask of the installation was."""
    for folder, _, names in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in names:
            (Path(folder) / name).chmod(0o644)
