"""What gunicorn measures of requests goes to the StatsD exporter that STATSD_HOST names.

gunicorn sends it for its own workers. The uvicorn worker knows nothing of that, so what is sent
here of ASGI requests has the same names.
"""

import sys
import time

from gunicorn.instrument.statsd import Statsd

from nuages_runtime.given.surroundings import STATSD_PORT as PORT

_LOGGER = "nuages_runtime.statsd.sending.Sender"
_OWN_LOGGERS = ("gunicorn.glogging.Logger", "simple")


class Sender(Statsd):
    """gunicorn's, which would write a traceback for each request while nobody listens."""

    def _sock_send(self, msg):
        if self.sock is None:
            return
        data = msg if isinstance(msg, bytes) else msg.encode("ascii", "replace")
        if self.dogstatsd_tags:
            data += b"|#" + self.dogstatsd_tags.encode("utf-8")
        try:
            self.sock.send(data)
        except OSError:
            # Refused, or no room: measurements are not worth a wait or a word.
            return


def sending_settings(environ, cfg=None):
    """gunicorn's settings for sending, none where STATSD_HOST is not set; `cfg` has those of the
    project's, which stay as they are."""
    host = environ.get("STATSD_HOST", "").strip()
    if not host or (cfg is not None and cfg.statsd_host):
        return {}
    port = environ.get("STATSD_PORT", "").strip() or str(PORT)
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.stderr.write(
            "nuages: STATSD_PORT is {!r}, which is no port; {} is used\n".format(port, PORT)
        )
        port = str(PORT)
    address = "[{}]".format(host) if ":" in host and host[0] != "[" else host
    values = {"statsd_host": "{}:{}".format(address, port)}
    if cfg is None or cfg.settings["logger_class"].get() in _OWN_LOGGERS:
        values["logger_class"] = _LOGGER
    return values


def measured(app, log):
    """The ASGI `app`, or one around it that tells `log` of each request where that sends."""
    return MeasuredAsgi(app, log) if isinstance(log, Statsd) else app


class MeasuredAsgi:
    """ASGI middleware: sends what gunicorn sends of each request."""

    def __init__(self, app, log):
        self._app = app
        self._log = log
        # What `histogram` sends is another type since gunicorn has `timer`.
        self._timer = getattr(log, "timer", log.histogram)

    async def __call__(self, scope, receive, send):
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def note(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._timer("gunicorn.request.duration", (time.perf_counter() - begun) * 1000)
            self._log.increment("gunicorn.requests", 1)
            self._log.increment("gunicorn.request.status.{}".format(status), 1)
