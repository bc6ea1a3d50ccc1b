"""Which platform a command talks to: --home, NUAGES_HOME, the user's own, or the system's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.cli.errors import HOME_TOO_LONG
from nuages.core.errors import NuagesError
from nuages.core.home import SOCKET_PATH_MAX, Home

SYSTEM_HOME = Path("/var/lib/nuages")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the choice depends on: the user, the environment, where the system's platform is."""

    root: bool
    environ: Mapping[str, str]
    user_folder: Path
    system: Path = SYSTEM_HOME

    @property
    def own(self) -> Path:
        """Where a platform of an ordinary user lies."""
        return self.user_folder / ".local/share/nuages"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A state directory; `foreign` where it is the system's and we are an ordinary user."""

    home: Home
    foreign: bool = False


def choose_home(given: Path | None, around: Surroundings | None = None) -> Chosen:
    """The state directory that a command means.

    --home, then NUAGES_HOME; then /var/lib/nuages for root. An ordinary user gets the platform
    of their own where there is one, else the system's where there is one (and is told that it
    is not theirs), else their own place. Raises cli.E010 where no socket could be in it.
    """
    around = around or _surroundings()
    named = given or around.environ.get("NUAGES_HOME")
    if named:
        home = Home(Path(os.path.abspath(Path(named).expanduser())))  # noqa: PTH100 keeps links
        check_length(home)
        return Chosen(home)
    if around.root:
        return Chosen(Home(around.system))
    if not around.own.exists() and around.system.exists():
        return Chosen(Home(around.system), foreign=True)
    return Chosen(Home(around.own))


def check_length(home: Home) -> None:
    """Raise cli.E010 where the path is too long for a socket in it."""
    length = len(os.fsencode(home.control_socket))
    if length > SOCKET_PATH_MAX:
        raise NuagesError(
            HOME_TOO_LONG,
            f"{home.control_socket} has {length} bytes; the name of a socket may have"
            f" {SOCKET_PATH_MAX}",
        )


def _surroundings() -> Surroundings:
    return Surroundings(os.geteuid() == 0, os.environ, Path.home())
