"""What a pipeline is handed and what it hands back; the control plane makes rows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nuages.core.app import EnvironmentName
from nuages.core.engine import Engine
from nuages.core.finding import Finding
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.process import Limits
from nuages.core.secret import Secret
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
class ReleaseRecord:
    """What has to be kept to run a release again: its image and its config vars of then.

    How the image is run (process types, settings, health path) is kept with the image.
    """

    version: int
    image_digest: str
    config: Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class AppState:
    """What the control plane knows of an environment, handed to every pipeline.

    `config` are all config vars; `build_config` the ones that are not hidden, which a build may
    see. `hosts` has the main host name first; `port` is the proxy's, `scheme` http or https.
    `scale` holds counts set by hand, which win over the project's. `current` is the release
    with the traffic, `next_version` the number for a new one. `peers` are the host labels of
    the stack's apps, `keep` how many former releases stay for a rollback.
    """

    environment: EnvironmentName
    secret_key: Secret
    config: Mapping[str, Secret]
    build_config: Mapping[str, str]
    hosts: tuple[str, ...]
    port: int
    next_version: int
    scheme: str = "http"
    scale: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    current: ReleaseRecord | None = None
    peers: tuple[str, ...] = ()
    keep: int = 5


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """A folder or a zip to put live in an environment.

    `root` is the project's folder inside the source; `strict` makes errors of what the overlay
    would repair; `overlay` off leaves the project's settings alone.
    """

    state: AppState
    folder: Path | None = None
    archive: Path | None = None
    root: str | None = None
    strict: bool = False
    overlay: bool = True


@dataclass(frozen=True, slots=True)
class Deployed:
    """A release that has the traffic. `seconds`: from the request to the switch.

    What a pipeline returns has been switched; `pipeline.finish.finish` then drains and stops
    the former release and removes what no release needs, while users already see the new one.
    """

    release: ReleaseRecord
    image: Image
    seconds: float
    findings: tuple[Finding, ...] = ()
