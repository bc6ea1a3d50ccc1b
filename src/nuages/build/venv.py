"""An environment that others filled becomes one of ours: plain files, and our own word on which
interpreter it belongs to.

A source distribution runs code of its own while it is installed, and a wheel may bring a file of
any name. So no link is followed and none is kept, and what decides how Python starts is made
anew: in a sandbox the launcher is run by this interpreter before it gives up its rights.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from nuages.build.pythons import Interpreter
from nuages.system.files import remove_tree
from nuages_runtime.hook import FILES as HOOK_FILES

# Read beside the interpreter when it starts, before anything else.
_STARTS = ("._pth", "pybuilddir.txt")
# A script's first line, or the three that uv writes where the path is too long for the kernel.
_HEAD = re.compile(rb"#!(/[^\n]+/python[^\n]*)|#!/bin/sh\n'''exec' '([^'\n]+)' [^\n]+\n' '''")
# A script's line in a list of installed files.
_SCRIPT = re.compile(rb"^((?:\.\./){3}bin/[^,\n]*),[^,\n]*,[0-9]*(?=\r?$)", re.MULTILINE)
# Scripts of the environment's own, for shells.
_ACTIVATE = re.compile(r"activate(_this\.py|\.\w+)?|deactivate\.bat|pydoc\.bat")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def seal_environment(venv: Path, python: Interpreter, made_at: tuple[str, ...]) -> None:
    """Make the environment at `venv` safe to be read, and ready to be mounted at /venv.

    `made_at` are the paths that its scripts may name as its own. Raises NotADirectoryError or
    FileNotFoundError where it is none for `python`.
    """
    _keep_plain(venv)
    site = site_packages(venv, python)
    if not site.is_dir():
        raise FileNotFoundError(f"There is no {site.relative_to(venv)}")
    link_interpreter(venv, python)
    _point_scripts_to_venv(venv / "bin", made_at)
    _forget_scripts(site)
    for name, content in HOOK_FILES.items():
        _write(site / name, content.encode(), 0o644)


def site_packages(venv: Path, python: Interpreter) -> Path:
    """Where the environment's packages lie."""
    return venv / "lib" / f"python{python.minor}" / "site-packages"


def python_sources(venv: Path) -> list[str]:
    """The Python files of a sealed environment, as paths below its `lib`."""
    lib = venv / "lib"
    return sorted(str(path.relative_to(lib)) for path in lib.rglob("*.py"))


def take_back(top: Path, *, links: bool) -> None:
    """Make everything below `top`, a real folder, ours, and readable by everybody. Links are
    left alone or, without `links`, removed, as everything is that is neither file nor folder.

    Nothing may change the tree meanwhile."""
    folders = [str(top)]
    while folders:
        folder = folders.pop()
        _own(folder, 0o755)
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    executable = entry.stat(follow_symlinks=False).st_mode & 0o111
                    _own(entry.path, 0o755 if executable else 0o644)
                elif not links:
                    Path(entry.path).unlink()


def open_to_all(top: Path) -> None:
    """Let whoever is in a sandbox change the environment at `top`, which we have just made: its
    folders, and the files that are nobody else's too."""
    for folder, _, names in os.walk(top):
        Path(folder).chmod(0o777)
        for name in names:
            path = Path(folder, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                path.chmod(status.st_mode & 0o777 | 0o666)


def _keep_plain(venv: Path) -> None:
    if venv.is_symlink() or not venv.is_dir():
        raise NotADirectoryError(f"{venv.name} is no folder")
    take_back(venv, links=False)


def _own(path: str, mode: int) -> None:
    """Ours, with this mode. `path` is no link, and nobody else is there to make it one."""
    status = os.lstat(path)
    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
        os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
        status = os.lstat(path)
    if status.st_mode & 0o7777 != mode:
        Path(path).chmod(mode)


def link_interpreter(venv: Path, python: Interpreter) -> None:
    """Have the environment at `venv` name `python` by the path that apps see."""
    programs = venv / "bin"
    programs.mkdir(exist_ok=True)
    names = ("python", f"python{python.minor.partition('.')[0]}", f"python{python.minor}")
    for entry in list(programs.iterdir()):
        if entry.name in names or entry.name.endswith(_STARTS):
            remove_tree(entry)
    (programs / "python").symlink_to(python.inside)
    for name in names[1:]:
        (programs / name).symlink_to("python")
    if not (venv / "lib64").exists():
        (venv / "lib64").symlink_to("lib")
    lines = (
        f"home = {python.inside.parent}",
        "include-system-site-packages = false",
        f"version_info = {python.version}",
    )
    _write(venv / "pyvenv.cfg", "".join(f"{line}\n" for line in lines).encode(), 0o644)


def _point_scripts_to_venv(programs: Path, made_at: tuple[str, ...]) -> None:
    """Make the scripts' first line name /venv, where the sandbox mounts the environment."""
    prefixes = tuple(os.fsencode(path) + b"/" for path in made_at)
    for script in programs.iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if _ACTIVATE.fullmatch(script.name):
            for path in made_at:
                content = content.replace(os.fsencode(path), b"/venv")
            _write(script, content, script.stat().st_mode & 0o777)
            continue
        head = _HEAD.match(content)
        named = (head[1] or head[2]) if head else b""
        prefix = next((known for known in prefixes if named.startswith(known)), None)
        if head and prefix is not None:
            first = b"#!/venv/" + named[len(prefix) :]
            _write(script, first + content[head.end() :], script.stat().st_mode & 0o777)


def _forget_scripts(site: Path) -> None:
    """Take the digests of scripts out of the packages' lists of files: they are of the scripts as
    they were, which named the folder that they were made in. A list need not have any
    (https://packaging.python.org/en/latest/specifications/recording-installed-packages/)."""
    for record in site.glob("*.dist-info/RECORD"):
        content = record.read_bytes()
        without = _SCRIPT.sub(rb"\1,,", content)
        if without != content:
            _write(record, without, 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    """A new file in the place of whatever is there: uv may have hard-linked it from its cache,
    and nothing is ever written through a link."""
    remove_tree(path)
    descriptor = os.open(path, _NEW, mode)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, mode)
        stream.write(content)
