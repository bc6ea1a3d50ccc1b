"""A process of the platform itself (proxy, control plane) that the agent keeps running."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What to run and which sockets it inherits.

    `listen` holds addresses (`127.0.0.1:8000`, `[::]:80`) that the agent binds and keeps bound
    while the service comes and goes; they arrive as descriptors 3, 4, … in this order.
    `grace` is the time in seconds between SIGTERM and SIGKILL. `nice` is added to the agent's own
    niceness, where the system allows it; `timer_slack` is how late its timers may go off, in
    seconds (0: the system's default).
    """

    name: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    log: Path
    listen: tuple[str, ...] = ()
    grace: float = 10.0
    nice: int = 0
    timer_slack: float = 0.0
