"""Process types as an engine runs them, and what they may use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nuages_runtime.given.sizing import most_workers


class Kind(StrEnum):
    """How an instance gets its work.

    WEB accepts from its release's inherited socket and reports ready on a descriptor of its
    own; WORKER takes work from elsewhere; SCHEDULER is a worker of which there is never more
    than one.
    """

    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process type: its name, its argument vector inside the sandbox, how many run."""

    name: str
    argv: tuple[str, ...]
    kind: Kind
    count: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one instance may use: bytes of memory, CPUs, processes and threads."""

    memory: int = 512 * 1024 * 1024
    cpu: float = 1.0
    pids: int = 512

    @property
    def most_workers(self) -> int:
        """How many worker processes of a web server there is memory for."""
        return most_workers(self.memory)
