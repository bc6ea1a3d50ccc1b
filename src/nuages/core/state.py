"""What the control plane knows of an environment: the values that every pipeline starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nuages.core.app import EnvironmentName
from nuages.core.process import Limits
from nuages.core.secret import Secret


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
    see. `hosts` has the main host name first, `former_hosts` are those that lead there until the
    next switch; `port` is the proxy's, `scheme` http or https.
    `scale` holds counts set by hand, which win over the project's. `current` is the release
    with the traffic, `next_version` the number for a new one. `peers` are the host labels of
    the stack's apps.
    """

    environment: EnvironmentName
    secret_key: Secret
    config: Mapping[str, Secret]
    build_config: Mapping[str, str]
    hosts: tuple[str, ...]
    port: int
    next_version: int
    former_hosts: tuple[str, ...] = ()
    scheme: str = "http"
    scale: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    current: ReleaseRecord | None = None
    peers: tuple[str, ...] = ()
