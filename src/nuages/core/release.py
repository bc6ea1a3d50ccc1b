"""Image + config vars + process types, numbered and immutable; what an engine is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nuages.core.app import EnvironmentName
from nuages.core.image import Image
from nuages.core.pages import Pages
from nuages.core.process import Limits, ProcessSpec
from nuages.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Release:
    """v42 of an environment.

    `env` is the whole environment of its processes. `hosts` are its host names, the first one
    the main one; `scheme` is `http` or `https`; `health_path` is asked before the switch (empty:
    some of `pages`, which its URLconf has), with `health_timeout` in seconds. `release_commands`
    are argument vectors of the project's own; `migrate` says whether the runtime migrates.
    `peers` are the host labels of the stack's apps.
    """

    environment: EnvironmentName
    version: int
    image: Image
    env: Mapping[str, Secret]
    processes: tuple[ProcessSpec, ...]
    hosts: tuple[str, ...]
    scheme: str = "http"
    limits: Limits = field(default_factory=Limits)
    health_path: str = ""
    pages: Pages = field(default_factory=Pages)
    health_timeout: float = 60.0
    release_commands: tuple[tuple[str, ...], ...] = ()
    migrate: bool = True
    peers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of its folders and in the agent: `polls-test.v42`."""
        return f"{self.environment.label}.v{self.version}"
