"""SIGTERM while a process starts: nothing is under way that could be let end, so the process ends
at once, whatever the project's code is at."""

import contextlib
import os
import signal


def leave(*_):
    """Handles SIGTERM in the first process of a sandbox, which has no default action. Not by an
    exception: the project's code may catch any."""
    os._exit(0)


@contextlib.contextmanager
def deferred():
    """SIGTERM waits until the end of this."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def accept_again():
    """SIGTERM waits no longer, also where whoever became this program had it wait."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


class Start:
    """A worker process of gunicorn's from its fork, with SIGTERM deferred, until it is fit for
    traffic: meanwhile SIGTERM has its default action, which no code of the project's can delay."""

    def __init__(self, worker):
        self._handler = signal.SIG_DFL
        self._install = worker.init_signals
        worker.init_signals = self._init_signals
        # Until now it was the arbiter's, which only remembers what it was told.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        accept_again()

    def _init_signals(self):
        with deferred():
            self._install()
            self._handler = signal.getsignal(signal.SIGTERM)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def end(self):
        """From now on the worker handles SIGTERM in its own way."""
        signal.signal(signal.SIGTERM, self._handler)
        # As gunicorn has it: requests are not disturbed.
        signal.siginterrupt(signal.SIGTERM, False)
