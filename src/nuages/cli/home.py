"""Which platform a command talks to: --home, NUAGES_HOME, the user's own, or the system's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.core.home import Home

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
    is not theirs), else their own place.
    """
    around = around or _surroundings()
    named = given or around.environ.get("NUAGES_HOME")
    if named:
        return Chosen(Home(Path(os.path.abspath(Path(named).expanduser()))))  # noqa: PTH100 keeps links
    if around.root:
        return Chosen(Home(around.system))
    if not around.own.exists() and around.system.exists():
        return Chosen(Home(around.system), foreign=True)
    return Chosen(Home(around.own))


def _surroundings() -> Surroundings:
    return Surroundings(os.geteuid() == 0, os.environ, Path.home())
