"""gunicorn's threaded worker, told apart where its versions need it."""

import os

from gunicorn import version_info
from gunicorn.workers.gthread import TConn, ThreadWorker

# These versions wait for the first bytes of a connection before they count it as being worked
# on; with as many connections as threads they then stop looking for those bytes.
_WAITS_FOR_BYTES = (21, 0), (24, 0)


class PromptWorker(ThreadWorker):
    """Ends at once when it is told to."""

    def run(self):
        """Look at signals as well as at connections, so that SIGTERM need not wait until the
        next second."""
        self.poller.register(self.PIPE[0], 1, self._signalled)
        super().run()

    def _signalled(self, pipe):
        try:
            os.read(pipe, 4096)
        except OSError:
            return


class ThreadedWorker(PromptWorker):
    """Takes no connection that it has no thread for."""

    if _WAITS_FOR_BYTES[0] <= version_info[:2] < _WAITS_FOR_BYTES[1]:

        def accept(self, server, listener):
            """Give a connection to a thread at once; whoever connects here is the proxy, which
            sends its request right away."""
            try:
                client, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            self.nr_conns += 1
            self.enqueue_req(TConn(self.cfg, client, address, server))
