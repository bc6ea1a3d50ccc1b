"""The exporter of metrics beside a container's process: gunicorn and the app send to it."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys

_MODULE = "nuages_runtime.statsd"
SWITCH = "NUAGES_STATSD"
# Its own variable, and where it listens without.
_BIND = "NUAGES_STATSD_BIND"
_HOST, _PORT = "127.0.0.1", "9125"
# Says to ourselves, started over, that it runs.
_PID = "NUAGES_STATSD_PID"
_OFF = ("off", "0", "false", "no")


class Exporter:
    """A child process; none where NUAGES_STATSD is `off`, or where the app's metrics go somewhere
    else already (STATSD_HOST)."""

    def __init__(self):
        self._pid = 0

    def start(self):
        """Start it, and say to the app where it is."""
        running = os.environ.get(_PID, "")
        if running.isdigit():
            self._pid = int(running)
            return
        if os.environ.get(SWITCH, "").lower() in _OFF:
            return
        elsewhere = os.environ.get("STATSD_HOST", _HOST) != _HOST
        if elsewhere or importlib.util.find_spec(_MODULE) is None:
            return
        # Known by its id alone: whoever waits for children here waits for any.
        self._pid = subprocess.Popen([sys.executable, "-S", "-m", _MODULE]).pid
        host, _, port = os.environ.get(_BIND, "").rpartition(":")
        os.environ.update(STATSD_HOST=host or _HOST, STATSD_PORT=port or _PORT)
        os.environ[_PID] = str(self._pid)

    def stop(self):
        """End it; its metrics were those of what has ended."""
        if not self._pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
