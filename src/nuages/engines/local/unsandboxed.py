"""How a program is started after `--unsafe-no-sandbox`: on real paths, as the platform's user.

There is no /app, /venv or /data then. The paths in what Nuages itself sets are replaced by the
real ones; config vars of the user are left as they are. `/app` is one copy for each release
and for each one-off command, not made anew at a restart; nothing keeps apps from one another.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.core.process import Limits
from nuages.engines.local.protocol import Launch
from nuages.system.files import remove_tree

# What the assembled release sets itself; see nuages.release.assemble.
_OURS = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "DATABASE_URL", "NUAGES_OVERLAY")
_PATH = re.compile(
    r"(?<![\w.-])/(app|venv|python|nuages|data|static|run/nuages|home/app)(?![\w.-])"
)
_DATA = Path("/data")
_START = (
    "import json,os,sys; d=json.load(os.fdopen(int(sys.argv[1]))); "
    "[os.makedirs(os.path.realpath(f),exist_ok=True) for f in d['folders']]; os.chdir(d['cwd']); "
    "os.execvpe(d['argv'][0],d['argv'],d['env'])"
)


@dataclass(frozen=True, slots=True)
class RealPaths:
    """Where what a sandbox would show really lies; `app` is a copy of `source`. `python` is the
    interpreter's folder where that is shown at /python."""

    app: Path
    venv: Path
    python: Path | None
    runtime: Path
    data: Path
    static: Path
    exchange: Path
    source: Path

    def real(self, text: str) -> str:
        """`text` with every path of a sandbox replaced."""
        paths = {
            "app": self.app,
            "venv": self.venv,
            "python": self.python or "/python",
            "nuages": self.runtime,
            "data": self.data,
            "static": self.static,
            "run/nuages": self.exchange,
            "home/app": self.data,
        }
        return _PATH.sub(lambda match: str(paths[match[1]]), text)


def plan_unsandboxed(
    paths: RealPaths, document: Mapping[str, object], limits: Limits, descriptor: int
) -> Launch:
    """The same launch without a sandbox; the interpreter reads its document from `descriptor`."""
    argv, env, folders = document["argv"], document["env"], document["folders"]
    if not (isinstance(argv, list) and isinstance(env, dict) and isinstance(folders, list)):
        raise TypeError("not a launch document")
    changed = {
        "argv": [paths.real(word) for word in argv],
        "env": {name: paths.real(value) if name in _OURS else value for name, value in env.items()},
        "cwd": paths.real(str(document["cwd"])),
        "folders": [paths.real(folder) for folder in folders],
    }
    folder = paths.python or paths.venv
    python = str(folder / "bin" / "python")
    start = (python, "-I", "-S", "-c", _START, str(descriptor))
    return Launch(start, changed, limits, network=False, sandboxed=False)


def copy_app(source: Path, folder: Path, data: Path) -> None:
    """A fresh copy of the app's tree at `folder`/app, with what else a sandbox would have; its
    links into /data lead to the folder `data`."""
    fresh = folder / ".app.tmp"
    remove_tree(fresh)
    for name in ("data", "static", "exchange"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, fresh, symlinks=True)
    for link in list(_links_to_data(fresh)):
        target = data / link.readlink().relative_to(_DATA)
        link.unlink()
        link.symlink_to(target)
    remove_tree(folder / "app")
    fresh.rename(folder / "app")


def link_environment(venv: Path, python: Path, folder: Path) -> None:
    """An environment at `folder` with the packages of `venv`, which names an interpreter that is
    shown at /python and really lies at `python`."""
    fresh = folder.with_name(f".{folder.name}.tmp")
    remove_tree(fresh)
    (fresh / "bin").mkdir(parents=True)
    for entry in (venv / "bin").iterdir():
        leads = entry.readlink() if entry.is_symlink() else entry
        if leads.is_relative_to("/python"):
            leads = python / leads.relative_to("/python")
        (fresh / "bin" / entry.name).symlink_to(leads)
    (fresh / "lib").symlink_to(venv / "lib")
    written = (venv / "pyvenv.cfg").read_text()
    (fresh / "pyvenv.cfg").write_text(written.replace("home = /python", f"home = {python}"))
    remove_tree(folder)
    fresh.rename(folder)


def _links_to_data(tree: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(tree):
        for link in (Path(folder, name) for name in (*folders, *files)):
            if link.is_symlink() and link.readlink().is_relative_to(_DATA):
                yield link
