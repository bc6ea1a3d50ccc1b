"""The systemd unit that starts a platform at boot, and leaves its apps alone when it restarts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.cli.home import SYSTEM_HOME
from nuages.core.home import Home
from nuages.system.files import write_atomic

# KillMode=process: the agent and the apps go on while the platform is restarted; OOMPolicy: also
# where one of them took more memory than there is. Restart: after `nuages down` the command ends
# with 0, and the platform stays down.
_UNIT = """\
[Unit]
Description=Nuages, which puts Django projects live ({home})
After=network-online.target
Wants=network-online.target

[Service]
EnvironmentFile=-{environment}
ExecStart={command}
KillMode=process
OOMPolicy=continue
LimitNOFILE=524288
Restart=on-failure
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
    words = [sys.executable, "-P", "-m", "nuages.cli.main", "up", "--take-over"]
    words += ["--home", str(home.path)]
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
    text = _UNIT.format(
        home=_plain(home.path),
        environment=_plain(environment_path(home)),
        command=command,
        target=target,
    )
    return Unit(path, text, commands)


def write_unit(home: Home, unit: Unit, variables: Mapping[str, str]) -> None:
    """Write the unit, and beside the platform's state the variables that it is started with."""
    write_atomic(environment_path(home), render_environment(variables), 0o600)
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(unit.path, unit.text)


def environment_path(home: Home) -> Path:
    """Where the variables lie that the unit starts the platform with; only its owner reads them,
    as an address of an index may hold a password."""
    return home.path / "systemd.env"


def render_environment(variables: Mapping[str, str]) -> str:
    """Variables as systemd.exec(5) reads them from a file, less the folder for temporary files:
    that of a session ends with it."""
    lines = []
    for name, value in sorted(variables.items()):
        if name != "TMPDIR":
            text = re.sub(r'(["\\$`])', r"\\\1", value)
            lines.append(f'{name}="{text}"\n')
    return "".join(lines)


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


def _plain(path: Path) -> str:
    """A path where systemd takes the rest of the line as it is, but for its own placeholders."""
    return str(path).replace("%", "%%")


def has_systemd() -> bool:
    """Whether systemd is what starts things on this machine (sd_booted(3))."""
    return os.path.isdir("/run/systemd/system")  # noqa: PTH112 the call of the manual
