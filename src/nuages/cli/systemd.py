"""The systemd unit that starts a platform at boot, and leaves its apps alone when it restarts."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from nuages.cli.home import SYSTEM_HOME
from nuages.core.home import Home

# KillMode=process: the agent and the apps go on while the platform is restarted.
_UNIT = """\
[Unit]
Description=Nuages, which puts Django projects live ({home})
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command}
KillMode=process
Restart=always
RestartSec=2

[Install]
WantedBy={target}
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit file: where it belongs, what is in it, and what to type then."""

    path: Path
    text: str
    commands: tuple[str, ...]


def make_unit(home: Home, *, sandbox: bool, root: bool, user_folder: Path) -> Unit:
    """The unit for the platform in `home`: the system's for root, else the user's own."""
    words = [sys.executable, "-m", "nuages.cli.main", "up", "--home", str(home.path)]
    words += [] if sandbox else ["--unsafe-no-sandbox"]
    command = " ".join(map(quote, words))
    name = unit_name(home, user_folder)
    if root:
        path = Path("/etc/systemd/system", name)
        commands: tuple[str, ...] = ("systemctl daemon-reload", f"systemctl enable --now {name}")
        target = "multi-user.target"
    else:
        path = user_folder / ".config/systemd/user" / name
        commands = (
            "systemctl --user daemon-reload",
            f"systemctl --user enable --now {name}",
            "loginctl enable-linger",
        )
        target = "default.target"
    return Unit(path, _UNIT.format(home=home.path, command=command, target=target), commands)


def unit_name(home: Home, user_folder: Path) -> str:
    """`nuages.service` for the usual state directories, a name of its own for any other."""
    if home.path in (SYSTEM_HOME, user_folder / ".local/share/nuages"):
        return "nuages.service"
    slug = re.sub(r"[^A-Za-z0-9]+", "-", str(home.path)).strip("-")
    return f"nuages-{slug}.service"


def quote(word: str) -> str:
    """A word of ExecStart as systemd.service(5) reads it back."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"'


def has_systemd() -> bool:
    """Whether systemd is what starts things on this machine (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")  # noqa: PTH112 the call of the manual
