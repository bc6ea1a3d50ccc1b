"""The worker as a process: parts, flows and the loop, until SIGTERM."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from nuages.control.state.uploads import discard_forgotten
from nuages.control.worker.job import Tools
from nuages.control.worker.loop import Worker
from nuages.control.worker.memory import keep_small
from nuages.core.home import Home
from nuages.pipeline.exchange import discard_exchanges
from nuages.route.sites import discard_unfinished


def run_worker(home: Home) -> int:
    """Work until SIGTERM or SIGINT. A deployment under way is left as a kill would leave it:
    the next worker's recovery ends it, and its own subprocesses are ended here."""
    keep_small()
    flows = load(settings.NUAGES_FLOWS)()
    worker = Worker(Tools(load(settings.NUAGES_PARTS)(home), flows))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    load(settings.NUAGES_SUPERVISOR)(home, worker.declare_again).start()
    discard_forgotten()
    discard_exchanges(home)
    discard_unfinished(home)
    worker.run()
    end_children()
    return 0


def load(name: str) -> Any:
    """What `module:attribute` names."""
    return import_string(name.replace(":", "."))


def end_children() -> None:
    """Kill what this process started; each command is the leader of a group of its own."""
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            for pid in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    os.killpg(int(pid), signal.SIGKILL)
