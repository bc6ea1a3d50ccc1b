"""The worker: waits for a bell, claims deployments, works on two environments at a time."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from nuages.control import bells
from nuages.control.state.models import Deployment
from nuages.control.worker.claims import BEAT_SECONDS, beat, cancelled, claim, own_name
from nuages.control.worker.interrupt import Interrupt
from nuages.control.worker.job import Tools
from nuages.control.worker.memory import give_back
from nuages.control.worker.perform import perform
from nuages.control.worker.recovery import declare_due, recover, with_release

log = logging.getLogger(__name__)
PARALLEL = 2
# Bells wake the worker; this is only for one that was lost.
FALLBACK_SECONDS = 60.0


class Worker:
    """Works until `stop`; what is under way then is left to the next worker's recovery."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._running: dict[int, Future[None]] = {}
        self._interrupts: dict[int, Interrupt] = {}
        self._failures: Counter[int] = Counter()
        # Environments whose current release is to be declared to the engine.
        self._due: set[int] = set()
        self._declare = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Recover, declare, then take deployments as they come."""
        self._declare.set()
        pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="job")
        while not self._stopping.is_set():
            try:
                self._turn(pool)
            except Exception:
                log.exception("A turn of the worker failed")
                connection.close()
            bells.TO_WORKER.wait(BEAT_SECONDS if self._running else FALLBACK_SECONDS)
        pool.shutdown(wait=False, cancel_futures=True)

    def declare_again(self) -> None:
        """Called when a new agent was started: it has to be told what should run."""
        self._declare.set()
        bells.TO_WORKER.ring()

    def stop(self) -> None:
        """End `run` after its present turn."""
        self._stopping.set()
        bells.TO_WORKER.ring()

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        self._running = {pk: job for pk, job in self._running.items() if not job.done()}
        self._interrupts = {pk: self._interrupts[pk] for pk in self._running}
        beat(self._running)
        for pk in cancelled(self._running):
            self._interrupts[pk].set()
        recover(self._tools, self._failures, self._running)
        if self._declare.is_set():
            self._declare.clear()
            self._due = with_release()
        self._due = declare_due(self._tools, self._due)
        while len(self._running) < PARALLEL and (deployment := claim(own_name())):
            interrupt = self._interrupts[deployment.pk] = Interrupt()
            self._running[deployment.pk] = pool.submit(self._work, deployment, interrupt)

    def _work(self, deployment: Deployment, interrupt: Interrupt) -> None:
        try:
            perform(deployment, self._tools, interrupt)
        except Exception:
            log.exception("%s could not be ended", deployment)
        finally:
            give_back()
            bells.TO_WORKER.ring()
