"""The StatsD exporter: `python -m nuages_runtime.statsd`, documented in docs/reference/metrics.md.

Receives StatsD, answers Prometheus; ends on SIGTERM, and when the process that started it ends.
Started with `python -S -m` it needs nothing of an app's packages, and starts sooner. It is own code
because it runs on whatever Python an app has, from 3.6 on, beside packages that no other may be
added to: there is a program in Go, which a platform would have to bring for every machine, and
nothing for Python that is kept.
"""

import contextlib
import os
import signal
import socket
import sys

from nuages_runtime.statsd.families import Families
from nuages_runtime.statsd.handed import take_handed
from nuages_runtime.statsd.mapping import Mapper
from nuages_runtime.statsd.server import CannotListen, Server
from nuages_runtime.statsd.settings import (
    INHERITED,
    METRICS_BIND,
    STATSD_BIND,
    BadSetting,
    Settings,
)

FAILED = 1
USAGE = 2
# <linux/prctl.h>
_PR_SET_PDEATHSIG = 1


def main(environ=os.environ):
    """Serve until told to end; the exit code."""
    parent = os.getppid()
    try:
        settings = Settings(environ)
        server = Server(Families(Mapper(settings.mappings), settings.series, settings.expire))
        name = STATSD_BIND
        if settings.statsd[0] == INHERITED:
            take_handed(server, settings.statsd[1])
        else:
            server.listen_statsd(settings.statsd)
        name = METRICS_BIND
        server.listen_metrics(settings.metrics)
    except BadSetting as error:
        return _say("the StatsD exporter cannot start: {}".format(error), USAGE)
    except CannotListen as error:
        return _say(
            "the StatsD exporter cannot listen on {}; {}=ADDRESS:PORT names another".format(
                error, name
            ),
            FAILED,
        )
    _heed_signals(server)
    _end_with(parent)
    server.run()
    return 0


def _heed_signals(server):
    """End on SIGTERM and SIGINT, also while there is nothing to be read."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    # The writer has to live as long as signals may come.
    server.watch(reader, lambda: (reader.recv(64), writer))


def _end_with(parent):
    """Have SIGTERM sent to us when the process that started us ends, or has ended by now."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _say(text, code):
    sys.stderr.write("nuages: {}\n".format(text))
    return code


if __name__ == "__main__":
    sys.exit(main())
