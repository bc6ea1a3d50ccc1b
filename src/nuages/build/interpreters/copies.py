"""An interpreter of this machine becomes a copy that apps see at /python, wherever it was found:
so an image carries the Python that it was made with, and two machines make the same one.

Left out is what no app in production imports and what is not Python's own: its tests, IDLE and Tk,
other people's packages, the library to link programs with.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nuages.build.bases.store import copy_tree
from nuages.build.bytecode import compile_tree
from nuages.build.pythons import PLACE, Interpreter
from nuages.core.home import Home, machine_cache
from nuages.system.command import Command, Runner
from nuages.system.files import publish_directory, remove_tree

# Raised when what a copy holds changes.
_VERSION = 1
_FOLDERS = frozenset(
    ("__pycache__", "dist-packages", "ensurepip", "idlelib", "pydoc_data", "site-packages", "test",
     "tests", "tkinter", "turtledemo"),
)  # fmt: skip
_FILES = re.compile(
    r".*\.(a|o|exe)$|turtle\.py$|(_tkinter|_test\w*|_ctypes_test|_xx\w*|xx\w*)\.\w[\w.-]*\.so$"
)
_SYSTEM = Path("/usr")
# Files in which the place of the installation is written.
_WRITTEN = re.compile(r"_sysconfigdata_.*\.py$|Makefile$")


def ensure_copy(found: Interpreter, home: Home, runner: Runner) -> Interpreter:
    """The copy of an interpreter in `home`, made where it is not there yet; the interpreter itself
    where a copy of it does not start."""
    key = _key(found)
    final = home.pythons / key
    cached = machine_cache(os.environ, root=os.geteuid() == 0) / "pythons" / key
    if not final.is_dir():
        if not _is_there(cached, found, runner):
            return found
        _link(cached, final)
    executable = final / "bin" / f"python{found.minor}"
    return replace(found, executable=executable, prefix=final, copied_from=found.prefix)


def _key(found: Interpreter) -> str:
    status = found.executable.stat()
    about = [_VERSION, found.version, str(found.executable), status.st_size, status.st_mtime_ns]
    # They come and go with a package of their own.
    about += [str(path) for path in (found.prefix / "include").glob("python*/Python.h")]
    return hashlib.sha256(repr(about).encode()).hexdigest()[:32]


def _is_there(final: Path, found: Interpreter, runner: Runner) -> bool:
    """Make it where it is not there yet; whether it could be made so that it starts."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(final.parent):
        if final.is_dir():
            return True
        temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
        try:
            _copy(found, temporary)
            started = temporary / "bin" / f"python{found.minor}"
            ask = Command((str(started), "-I", "-S", "-c", "import ctypes, ssl, zlib"), env={})
            if runner.run(ask).code != 0:
                return False
            top = f"lib/python{found.minor}"
            lib = temporary / top
            files = sorted(str(path.relative_to(lib)) for path in lib.rglob("*.py"))
            compile_tree(lib, PLACE / top, files, started, runner)
            publish_directory(temporary, final)
        finally:
            remove_tree(temporary)
    return True


def _copy(found: Interpreter, target: Path) -> None:
    minor, old = found.minor, found.prefix
    (target / "bin").mkdir(parents=True)
    name = f"python{minor}"
    _write(target / "bin" / name, _moved(found.executable.read_bytes(), old), 0o755)
    for link in ("python3", "python"):
        (target / "bin" / link).symlink_to(name)
    _copy_tree(old / "lib" / name, target / "lib" / name, old)
    for library in sorted((old / "lib").glob("libpython*.so*")):
        place = target / "lib" / library.name
        if library.is_symlink():
            place.symlink_to(library.readlink().name)
        else:
            _write(place, _moved(library.read_bytes(), old), 0o755)
    for headers in (old / "include").glob(f"{name}*"):
        _copy_tree(headers, target / "include" / headers.name, old)


def _copy_tree(source: Path, target: Path, old: Path) -> None:
    """Everything below `source` that is wanted; links become what they lead to."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _FOLDERS)
        below = target / Path(folder).relative_to(source)
        below.mkdir(parents=True, exist_ok=True)
        below.chmod(0o755)
        for name in sorted(names):
            path = Path(folder, name)
            if _FILES.match(name) or not path.is_file():
                continue
            content = path.read_bytes()
            # What is written of /usr is where programs and libraries are, too.
            if _WRITTEN.match(name) and old != _SYSTEM:
                content = content.replace(os.fsencode(old), os.fsencode(PLACE))
            _write(below / name, content, 0o755 if path.stat().st_mode & 0o100 else 0o644)


def _moved(program: bytes, old: Path) -> bytes:
    """A program or library that looks for libpython beside itself instead of in its old place: the
    name of that folder (DT_RUNPATH) lies between two zero bytes, and the new one is shorter."""
    was, now = os.fsencode(old / "lib"), b"$ORIGIN/../lib"
    if len(now) > len(was):
        return program
    return program.replace(b"\0" + was + b"\0", b"\0" + now.ljust(len(was), b"\0") + b"\0")


def _write(path: Path, content: bytes, mode: int) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def _link(source: Path, final: Path) -> None:
    """The tree `source` at `final` too."""
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
    try:
        copy_tree(source, temporary)
        publish_directory(temporary, final)
    finally:
        remove_tree(temporary)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
