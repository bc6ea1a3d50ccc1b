"""Wake-ups between the API and the worker: counters in the kernel, made before the fork.

A bell is an eventfd. Whoever forks after this module was imported shares it, and the parent of
both carries the descriptors through its execs, so a process that is forked again hears the same
bells, and nobody has to poll.
"""

from __future__ import annotations

import contextlib
import os
import select


class Bell:
    """Rung by one process, heard by another; rings before anybody listens are kept."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def carry_on(self, descriptor: int) -> None:
        """Be the bell of this descriptor, which somebody else of the control plane hears too."""
        os.close(self._descriptor)
        self._descriptor = descriptor

    def ring(self) -> None:
        """Wake whoever waits; never blocks."""
        # Full after 2**64 rings that nobody heard: it is ringing already.
        with contextlib.suppress(BlockingIOError):
            os.eventfd_write(self._descriptor, 1)

    def hush(self) -> bool:
        """Forget all rings so far; whether there was one."""
        try:
            return os.eventfd_read(self._descriptor) > 0
        except BlockingIOError:
            return False

    def wait(self, timeout: float) -> bool:
        """Sleep until it rings, at most `timeout` seconds; whether it rang."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.poll(timeout * 1000)
        return self.hush()

    def fileno(self) -> int:
        """The descriptor, for an event loop: readable while it rings."""
        return self._descriptor


# There is work: a deployment waits.
TO_WORKER = Bell()
# There is news: an event was written, a deployment changed.
TO_API = Bell()
