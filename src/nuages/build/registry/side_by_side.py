"""Some transfers at a time; the first that fails ends the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from nuages.build.registry.access import Progress

WORKERS = 4


class Stopped(Exception):  # noqa: N818 -- no error: another transfer has one
    """Another transfer failed, or somebody interrupted all of them."""


class Transfers:
    """Runs transfers, each told by `report` how far it is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def report(self, label: str, done: int, total: int) -> None:
        """Tell how far a transfer is. Raises Stopped where it is to end."""
        if self._stop.is_set():
            raise Stopped
        with self._lock:
            self._progress(label, done, total)

    def run(self, transfers: Iterable[Callable[[], None]]) -> None:
        """Run all of them, four at a time. Raises what the first one raises that fails."""
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="registry") as pool:
            futures = [pool.submit(transfer) for transfer in transfers]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                failures = [failure for each in done if (failure := each.exception())]
                if failures:
                    raise next((f for f in failures if not isinstance(f, Stopped)), failures[0])
            finally:
                # Nothing is left where all went well; those that run end at their next piece.
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
