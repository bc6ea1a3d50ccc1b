"""What a place where instances run must be able to do: the interface of every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nuages.core.app import EnvironmentName
from nuages.core.image import Image
from nuages.core.pages import Visit
from nuages.core.process import Limits
from nuages.core.release import Release
from nuages.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Volume:
    """`/data` of an environment: `path` on this host, and the user that owns it (None: ours)."""

    path: Path
    media: Path
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A folder of this host that a one-off sees where it lies, and may write to if `writable`."""

    path: Path
    writable: bool = False


@dataclass(frozen=True, slots=True)
class OneOff:
    """A command that runs once in a release's image: a release command, `run`, a probe.

    `exchange` is a host folder mounted read-write at /run/nuages, for reports; `network` off
    gives a namespace with nothing but loopback; `volume` off leaves /data an empty tmpfs;
    `tty` asks for a pseudo-terminal of (rows, columns). `purpose` names it in logs and `ps`.
    `shown` are folders besides; `own_tree` says that the image's tree was made for this command,
    so that what it changes in /app stays.
    """

    environment: EnvironmentName
    image: Image
    argv: tuple[str, ...]
    env: Mapping[str, Secret]
    purpose: str
    limits: Limits = field(default_factory=Limits)
    exchange: Path | None = None
    network: bool = True
    volume: bool = True
    tty: tuple[int, int] | None = None
    timeout: float | None = None
    peers: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    own_tree: bool = False


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """One running copy. `status`: starting, ready, running, stopping, crashed, sleeping.

    `started` is seconds since the epoch; `memory` bytes (None where it cannot be known).
    """

    id: str
    environment: str
    release: int
    process: str
    status: str
    pid: int | None
    started: float | None
    restarts: int = 0
    memory: int | None = None
    exit: str = ""


class Session(Protocol):
    """A one-off command that is running: its output, its input, its end."""

    def output(self) -> Iterator[bytes]:
        """Chunks of what it prints, until it ends."""

    def write(self, data: bytes) -> None:
        """Send to its standard input; empty bytes close it."""

    def resize(self, rows: int, columns: int) -> None:
        """Tell its pseudo-terminal a new size."""

    def wait(self) -> int:
        """Its exit code (128 + signal where one ended it), once `output` is exhausted."""

    def kill(self) -> None:
        """End it now."""


class Engine(Protocol):
    """Runs releases. Every method raises NuagesError; none leaves half a change behind."""

    def ensure_volume(self, environment: EnvironmentName) -> Volume:
        """The environment's volume, made if it is not there."""

    def open(self, one_off: OneOff) -> Session:
        """Start a one-off command."""

    def run_once(self, one_off: OneOff, on_output: Callable[[bytes], None]) -> int:
        """Run a one-off command to its end; its exit code."""

    def start(self, release: Release, processes: Sequence[str], *, gated: bool) -> None:
        """Start the instances of these process types, without waiting. A release that is
        already started only gets what is missing (so it can be declared again at any time).
        `gated` instances load the code but open no database connection before `open_gate`."""

    def open_gate(self, release: Release) -> None:
        """The release commands are done: gated instances may go on."""

    def wait_ready(self, release: Release) -> tuple[Visit, ...]:
        """Return when all started instances are ready and the socket, asked from outside,
        answers well, with all that was asked; raise with the last log lines when one ends,
        refuses or takes too long."""

    def current(self, environment: EnvironmentName) -> int | None:
        """The version that gets the traffic now, read from where the proxy reads it."""

    def switch(self, release: Release, *, serve_media: bool) -> None:
        """Give the release the traffic, atomically. `serve_media`: the proxy serves the uploads
        at MEDIA_URL; not where the project has a view of its own there."""

    def retire(self, environment: EnvironmentName, version: int, *, drain: bool) -> None:
        """Stop a release that has no traffic: drain its queue first, then SIGTERM. Returns
        when it is drained and told to stop; a version that does not run is no error."""

    def scale(self, release: Release, counts: Mapping[str, int]) -> None:
        """Start and stop instances of the running release until the counts hold."""

    def restart(self, release: Release) -> None:
        """Replace every instance of the running release, new ones first."""

    def set_hosts(self, environment: EnvironmentName, hosts: Sequence[str]) -> None:
        """Make exactly these host names lead to the environment."""

    def instances(self, environment: EnvironmentName | None = None) -> list[InstanceStatus]:
        """What runs."""

    def metrics(self, environment: EnvironmentName) -> str:
        """What its instances measure, as Prometheus's text format; raises where nothing does."""

    def remove(self, environment: EnvironmentName, *, data: bool) -> None:
        """Stop everything of the environment and forget it; its volume too if `data`."""
