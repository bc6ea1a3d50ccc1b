"""What a pipeline is handed and what it hands back; the control plane makes rows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nuages.core.engine import Engine
from nuages.core.finding import Finding
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.source import Source
from nuages.core.state import AppState, ReleaseRecord
from nuages.inspect.inspection import Inspection
from nuages.system.command import Runner


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pipeline works with: the state directory, an engine, a runner, a clock.

    `clock` gives seconds, monotonic; durations are differences of it.
    """

    home: Home
    engine: Engine
    runner: Runner
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """A folder or a zip to put live in an environment.

    `root` is the project's folder inside the source; `strict` makes errors of what the overlay
    would repair; `overlay` off leaves the project's settings alone; `install_packages` is the
    operator's word that system packages may be installed on this machine.
    """

    state: AppState
    folder: Path | None = None
    archive: Path | None = None
    root: str | None = None
    strict: bool = False
    overlay: bool = True
    install_packages: bool = False


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build, and for which environment; whether system packages may be installed. `former`
    is the digest of the image before (empty: none): what is the same is taken from there. `base` is
    what the image is to lie on, before what deploy.toml says."""

    state: AppState
    source: Source
    project: Inspection
    overlay: bool
    install_packages: bool = False
    former: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """An image, and what the build has to say about the project."""

    image: Image
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A release that has the traffic. `seconds`: from the request to the switch; `start` is the
    path at which the site begins (empty: no page of it is known).

    What a pipeline returns has been switched; `pipeline.finish.finish` then drains and stops
    the former release and removes what no release needs, while users already see the new one.
    """

    release: ReleaseRecord
    image: Image
    seconds: float
    findings: tuple[Finding, ...] = ()
    start: str = "/"
