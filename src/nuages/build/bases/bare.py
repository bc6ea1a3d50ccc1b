"""A full root and what has to run become the least that it takes: libraries, certificates, time
zones, a handful of files in /etc; no shell and no program.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nuages.build.bases.errors import NO_LIBRARY
from nuages.build.bases.loader import library_closure, usual_folders
from nuages.build.bases.trees.rooted import resolve_inside, trace_inside
from nuages.build.system.libraries import MissingLibrary
from nuages.core.base import BasePython
from nuages.core.errors import NuagesError
from nuages.system.files import link_or_copy

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
ZONES = "usr/share/zoneinfo"
# The same zones with leap seconds, and once more.
_NO_ZONES = (f"{ZONES}/right", f"{ZONES}/posix")
_TAKEN = (
    CERTIFICATES, ZONES, "etc/localtime", "etc/mime.types", "etc/services", "etc/protocols",
    # Where OpenSSL looks for its configuration.
    "etc/ssl/openssl.cnf", "usr/lib/ssl/openssl.cnf",
    # What the C library has inside since 2.35; small.
    "usr/lib/locale/C.utf8",
)  # fmt: skip
_CACHE = ("etc/ld.so.cache",)
_TOP = re.compile(r"(?:bin|sbin|lib\w*)")
# Never this machine's own, which name its people.
WRITTEN: Mapping[str, str] = {
    "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n"
    "services: files\nprotocols: files\n",
}
# OpenSSL's of Debian and that of interpreters which uv brings look for one file, by these names.
_LINKS: Mapping[str, str] = {
    "usr/lib/ssl/cert.pem": f"/{CERTIFICATES}",
    "usr/lib/ssl/certs": "/etc/ssl/certs",
    "etc/ssl/cert.pem": f"/{CERTIFICATES}",
}
_FOLDERS: Mapping[str, int] = {
    "dev": 0o755, "home": 0o755, "proc": 0o755, "root": 0o700, "run": 0o755, "sys": 0o755,
    "tmp": 0o1777, "var/tmp": 0o1777,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BareParts:
    """The paths below a full root that a bare one holds, sorted, and what no library was found
    for."""

    paths: tuple[str, ...]
    missing: tuple[MissingLibrary, ...]


def bare_parts(root: Path, files: Iterable[Path], also: Iterable[str] = ()) -> BareParts:
    """What `files` (ELF files, in the root or outside of it), the paths `also` of the root and
    any Python app need of `root`."""
    paths: set[str] = set()
    for path in (*_TAKEN, *also):
        paths.update(_taken_whole(root, path))
    own = [root / path for path in paths if ".so" in path or "/bin/" in path]
    closure = library_closure(root, [*files, *own])
    paths.update(closure.paths)
    paths.update(path.name for path in root.iterdir() if _is_top_link(path))
    if not _is_usual(closure.paths):
        for path in _CACHE:
            paths.update(_taken_whole(root, path))
    return BareParts(tuple(sorted(paths)), closure.missing)


def require_whole(parts: BareParts, files: Iterable[Path]) -> None:
    """Raise build.E070 where one of `files`, without which nothing runs, misses a library."""
    wanted = {str(path) for path in files}
    lacking = [each for each in parts.missing if each.file in wanted]
    if lacking:
        named = ", ".join(f"{each.library} (for {each.file})" for each in lacking)
        raise NuagesError(NO_LIBRARY, f"The full root does not have {named}")


def python_paths(python: BasePython) -> tuple[str, ...]:
    """Of a root's own Python, what a bare one holds of it: the program, the links to it, the
    standard library."""
    folder, _, name = python.path.strip("/").rpartition("/")
    library = f"{folder.removesuffix('bin')}lib/{name}"
    return (f"{folder}/{name}", f"{folder}/python3", library)


def make_bare(root: Path, paths: Sequence[str], target: Path) -> None:
    """Make the tree of `paths` of `root` at `target`, which must not exist, with what every bare
    root has. Files are hard links where they can be; those of this machine's own root are copied,
    because its owner may change them."""
    target.mkdir(parents=True)
    place = _copy if root == Path("/") else link_or_copy
    for path in paths:
        source, there = root / path, target / path
        there.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            there.symlink_to(source.readlink())
        elif source.is_file():
            place(source, there)
        elif source.is_dir():
            there.mkdir(exist_ok=True)
    for path, text in WRITTEN.items():
        there = _room(target, path)
        there.write_text(text)
        there.chmod(0o644)
    for path, goal in _LINKS.items():
        if (target / CERTIFICATES).exists():
            _room(target, path).symlink_to(goal)
    for path in _FOLDERS:
        (target / path).mkdir(parents=True, exist_ok=True)
    _set_modes(target)
    for path, mode in _FOLDERS.items():
        (target / path).chmod(mode)


def _taken_whole(root: Path, path: str) -> Iterator[str]:
    """A file, a link with what it leads to, or everything in a folder."""
    trace = trace_inside(root, path)
    if trace is None or not os.path.lexists(root / trace.path):
        return
    yield from trace.links
    there = root / trace.path
    if not there.is_dir():
        yield trace.path
        return
    for folder, folders, names in os.walk(there):
        inside = Path(folder).relative_to(root).as_posix()
        folders[:] = [name for name in folders if f"{inside}/{name}" not in _NO_ZONES]
        for name in (*names, *folders):
            full = f"{inside}/{name}"
            if not os.path.islink(f"{folder}/{name}"):  # noqa: PTH114 thousands of them
                if name in names:
                    yield full
                continue
            yield full
            leads = resolve_inside(root, full)
            if leads and not leads.startswith(f"{trace.path}/") and (root / leads).is_file():
                yield leads


def _is_top_link(path: Path) -> bool:
    return path.is_symlink() and _TOP.fullmatch(path.name) is not None


def _is_usual(paths: Iterable[str]) -> bool:
    """Whether the loader finds all of these without a cache that names them."""
    usual = usual_folders(), usual_folders(183)
    folders = {folder for each in usual for folder in each}
    return all(path.rpartition("/")[0] in ("", *folders) for path in paths if ".so" in path)


def _room(target: Path, path: str) -> Path:
    there = target / path
    there.parent.mkdir(parents=True, exist_ok=True)
    there.unlink(missing_ok=True)
    return there


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    executable = source.stat().st_mode & stat.S_IXUSR
    target.chmod(0o755 if executable else 0o644)


def _set_modes(target: Path) -> None:
    """Folders as any root has them, whatever this process' umask."""
    target.chmod(0o755)
    for folder, names, _ in os.walk(target):
        for name in names:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755)
