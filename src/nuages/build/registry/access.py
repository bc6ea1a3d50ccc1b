"""How a registry is talked to: as whom, what may go over http, and where it is remembered."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.build.registry.credentials import Credentials, find_credentials
from nuages.build.registry.reference import Reference, insecure_registries
from nuages.system.command import Runner

# Told of each piece that went over: what it belongs to, bytes done, bytes in all. Never called by
# two threads at a time.
Progress = Callable[[str, int, int], None]


def without_progress(_label: str, _done: int, _total: int) -> None:
    """For whoever does not want to know."""


@dataclass(frozen=True, slots=True)
class Access:
    """`credentials` (None: as nobody), the hosts that http is right for, a folder for what was
    pushed where (None: nothing is remembered), the size in bytes of a chunk of an upload, and
    what waits for some seconds."""

    credentials: Credentials | None = None
    insecure: frozenset[str] = frozenset()
    cache: Path | None = None
    chunk: int = 16 * 1024 * 1024
    pause: Callable[[float], None] = time.sleep


def find_access(
    reference: Reference,
    cache: Path | None,
    variables: Mapping[str, str] = os.environ,
    runner: Runner | None = None,
) -> Access:
    """The access to the registry of `reference` that variables and files of logins give.

    Raises build.E056.
    """
    credentials = find_credentials(reference, variables, runner)
    return Access(credentials, insecure_registries(variables), cache)
