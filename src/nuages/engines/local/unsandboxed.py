"""How a program is started after `--unsafe-no-sandbox`: on real paths, as the platform's user.

There is no /app, /venv or /data then. The paths in what Nuages itself sets are replaced by the
real ones; config vars of the user are left as they are. `/app` is one copy for each release
and for each one-off command, not made anew at a restart; nothing keeps apps from one another.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.core.process import Limits
from nuages.engines.local.protocol import Launch
from nuages.system.files import remove_tree

# What the assembled release sets itself; see nuages.release.assemble.
_OURS = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "DATABASE_URL", "NUAGES_OVERLAY")
_PATH = re.compile(r"(?<![\w.-])/(app|venv|nuages|data|static|run/nuages|home/app)(?![\w.-])")
_START = (
    "import json,os,sys; d=json.load(os.fdopen(int(sys.argv[1]))); os.chdir(d['cwd']); "
    "os.execvpe(d['argv'][0],d['argv'],d['env'])"
)


@dataclass(frozen=True, slots=True)
class RealPaths:
    """Where what a sandbox would show really lies; `app` is a copy of `source`."""

    app: Path
    venv: Path
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
    argv, env = document["argv"], document["env"]
    if not isinstance(argv, list) or not isinstance(env, dict):
        raise TypeError("not a launch document")
    changed = {
        "argv": [paths.real(word) for word in argv],
        "env": {name: paths.real(value) if name in _OURS else value for name, value in env.items()},
        "cwd": paths.real(str(document["cwd"])),
    }
    python = str(paths.venv / "bin" / "python")
    start = (python, "-I", "-S", "-c", _START, str(descriptor))
    return Launch(start, changed, limits, network=False, sandboxed=False)


def copy_app(source: Path, folder: Path) -> None:
    """A fresh copy of the app's tree at `folder`/app, with what else a sandbox would have."""
    fresh = folder / ".app.tmp"
    remove_tree(fresh)
    for name in ("data", "static", "exchange"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, fresh, symlinks=True)
    remove_tree(folder / "app")
    fresh.rename(folder / "app")
