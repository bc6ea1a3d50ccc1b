"""A root becomes what is known of it: its digest, its packages, its Python, its C library."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from nuages.build.bases.packages import installed_packages, upstream_version
from nuages.build.bases.trees.digest import tree_digest
from nuages.build.bases.trees.rooted import find_file, read_inside, resolve_inside
from nuages.core.base import Base, BasePython, SystemPackage
from nuages.system.command import Command, Runner
from nuages.system.sandbox import SandboxSpec, bubblewrap_argv
from nuages.system.sandbox_host import SandboxHost, root_mounts

# What the kernel calls a machine -> what Debian calls it, and its folder of libraries.
ARCHITECTURES = {
    "x86_64": ("amd64", "x86_64-linux-gnu"),
    "aarch64": ("arm64", "aarch64-linux-gnu"),
}
_PYTHONS = ("usr/bin", "usr/local/bin")
_PYTHON = re.compile(r"python3\.\d{1,2}")
_ASK = (
    "import ssl, sqlite3, zlib, ctypes, hashlib, sys;"
    "print('.'.join(map(str, sys.version_info[:3])))"
)
_SAID = re.compile(rb"stable release version (\d+\.\d+)")


def describe_root(name: str, root: Path, runner: Runner, host: SandboxHost | None) -> Base:
    """The base of that `name` at `root`. Its Python is really run, in a sandbox; without a `host`
    for that none is found."""
    packages = installed_packages(root)
    architecture, multiarch = ARCHITECTURES.get(platform.machine(), ("", ""))
    return Base(
        name=name,
        digest=tree_digest(root),
        root=root,
        python=find_python(root, runner, host) if host else None,
        packages=packages,
        architecture=architecture,
        multiarch=multiarch if (root / "usr/lib" / multiarch).is_dir() else "",
        libc=libc_version(root, multiarch, packages),
    )


def libc_version(root: Path, multiarch: str, packages: tuple[SystemPackage, ...] = ()) -> str:
    """The version of the GNU C library in `root`, `2.36`; empty where it has none."""
    for package in packages:
        if package.name == "libc6":
            return upstream_version(package.version)
    for folder in (f"lib/{multiarch}", "lib64", "lib"):
        said = _SAID.search(read_inside(root, f"{folder}/libc.so.6"))
        if said:
            return said.group(1).decode()
    return ""


def run_inside(
    root: Path, argv: tuple[str, ...], runner: Runner, host: SandboxHost, timeout: float = 60.0
) -> tuple[int, str]:
    """Run a program of `root` in a sandbox that shows nothing but it, without network; the code
    that it ended with, and what it printed. A program that hangs counts as failed."""
    spec = SandboxSpec(root_mounts(root), host.root, nested=host.nested)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"}  # noqa: S108 the sandbox's own
    argv = bubblewrap_argv(host.program, spec, argv)
    try:
        done = runner.run(Command(argv, env=environment, timeout=timeout))
    except TimeoutError:
        return 124, ""
    return done.code, done.stdout + done.stderr


def find_python(root: Path, runner: Runner, host: SandboxHost) -> BasePython | None:
    """The newest Python of the root that starts and has what Django needs of it."""
    for path in sorted(_candidates(root), key=_by_version, reverse=True):
        code, said = run_inside(root, (path, "-I", "-S", "-c", _ASK), runner, host)
        version = said.strip()
        if code == 0 and re.fullmatch(r"3\.\d+\.\d+", version):
            return BasePython(path, version)
    return None


def _candidates(root: Path) -> list[str]:
    found = []
    for folder in _PYTHONS:
        there = resolve_inside(root, folder)
        if there is not None and (root / there).is_dir():
            names = [path.name for path in (root / there).iterdir()]
            found += [f"/{folder}/{name}" for name in names if _PYTHON.fullmatch(name)]
    return [path for path in found if find_file(root, path) is not None]


def _by_version(path: str) -> tuple[int, str]:
    # Where two have the same version, that of /usr/local was put there on purpose.
    return int(path.rpartition(".")[2]), path
