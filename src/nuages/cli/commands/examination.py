"""What `check --build` builds and starts a project with: an agent and a state directory of its
own below the user's cache, so that no platform has to run, and none is touched."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nuages.build.retention import clean_store
from nuages.build.store import ImageStore
from nuages.cli.output import harmless, say
from nuages.cli.preparation import ROOT_PORT, check_home, load_settings, save_settings
from nuages.core.event import Event
from nuages.core.home import Home, machine_cache
from nuages.core.platform import PlatformSettings
from nuages.engines.local.client import shutdown
from nuages.pipeline.check import CheckResult
from nuages.pipeline.examine import examine_project
from nuages.wiring import make_parts


def examine(checked: CheckResult, config: Mapping[str, str]) -> CheckResult:
    """The check with what building and starting the project adds; `config` are config vars.

    Raises system.E001 and E002 where no sandbox can be had, cli.E010 to E019 for the cache.
    """
    home = Home(machine_cache(os.environ, root=os.geteuid() == 0) / "check")
    check_home(home)
    if load_settings(home) is None:
        # Nothing listens there: the engine asks how sandboxes are to be.
        save_settings(home, PlatformSettings(ROOT_PORT, "127.0.0.1"))
    with _one_at_a_time(home):
        # Of one that was killed.
        shutdown(home, apps=True)
        try:
            return examine_project(checked, config, make_parts(home), _tell)
        finally:
            shutdown(home, apps=True)
            clean_store(home, _images_of(home, checked))


def _images_of(home: Home, checked: CheckResult) -> list[str]:
    """What makes the next check of this project quick; other projects' images go."""
    store = ImageStore(home)
    images = [image for digest in store.digests() if (image := store.describe(digest))]
    return [each.digest for each in images if each.source_digest == checked.source.digest]


@contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    lock = os.open(home.run / "check.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _tell(event: Event) -> None:
    if event.kind == "step.started":
        say(f"{harmless(event.message)} …")
    elif event.kind == "evidence.found":
        for line in event.message.splitlines():
            say(f"    {harmless(line)}")
