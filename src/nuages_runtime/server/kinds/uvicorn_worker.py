"""uvicorn as a worker of gunicorn's: readiness in its loop, and WebSockets that are let live
while the instance drains."""

import asyncio
import inspect
import logging
import signal
import sys
import time

from gunicorn.workers.base import Worker
from uvicorn import Config, Server
from uvicorn.logging import AccessFormatter

from nuages_runtime.server import gate, readiness, starting
from nuages_runtime.statsd import sending

BOOT_FAILED = 3
# The share of the grace period that open WebSockets have before they are closed with 1012
# ("service restart"); the rest is for saying goodbye.
_SOCKETS_SHARE = 0.8
# The share that answers have which do not end by themselves, before they are cancelled; the rest
# is the lifespan's.
_STREAMS_SHARE = 0.1
_STEP = 0.05


class DrainingServer(Server):
    """uvicorn's server: asks its app before it listens, and drains in two steps."""

    def __init__(self, config, worker):
        super().__init__(config)
        self._worker = worker
        self._asked = False

    async def startup(self, sockets=None):
        """Lifespan, gate, readiness; only then accept."""
        begin = self.lifespan.startup

        async def begin_and_ask():
            await begin()
            problem = "the app's lifespan startup failed"
            if not self.lifespan.should_exit:
                problem = await self._problem()
            if not self._worker.app.accept(problem):
                self.lifespan.should_exit = True
            self._asked = not self.lifespan.should_exit

        self.lifespan.startup = begin_and_ask
        await super().startup(sockets=sockets)

    async def _problem(self):
        loop = asyncio.get_event_loop()
        await loop.run_in_executor(None, gate.wait)
        if not self._worker.app.is_asked:
            return ""
        state = getattr(self.lifespan, "state", None)
        if self._worker.app.place.serves_unfit:
            problem = await loop.run_in_executor(None, readiness.database_problem)
            return problem or await readiness.asgi_problem(self._worker.wsgi, state)
        problem = await readiness.asgi_problem(self._worker.wsgi, state)
        return problem or await loop.run_in_executor(None, readiness.database_problem)

    def handle_exit(self, sig, frame):
        """SIGTERM: as ever, once there can be requests; before that, end at once."""
        if not self._asked:
            starting.leave()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets=None):
        """Accept no more; let requests end and, where the instance was told to end, WebSockets
        live on for most of the grace period; then close what is left. A worker that is only
        replaced makes its place free sooner."""
        for server in self.servers:
            server.close()
        kind = self.config.ws_protocol_class
        deadline = time.monotonic() + self._worker.cfg.graceful_timeout * _SOCKETS_SHARE
        for connection in list(self.server_state.connections):
            if not self.should_exit or kind is None or not isinstance(connection, kind):
                connection.shutdown()
        while self.server_state.connections and time.monotonic() < deadline:
            if self.force_exit:
                break
            await asyncio.sleep(_STEP)
            self._worker.notify()
        await super().shutdown(sockets=sockets)


class UvicornWorker(Worker):
    """Runs the ASGI app that gunicorn loaded, on gunicorn's listening sockets."""

    _server = None

    def init_signals(self):
        """Leave signals to uvicorn's loop."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGUSR1, self.handle_usr1)
        signal.siginterrupt(signal.SIGUSR1, False)

    def _end(self, *_):
        if self._server is None or not self._server.started:
            starting.leave()
        # uvicorn sends itself the signal once more when it has shut down.
        sys.exit(0)

    def run(self):
        """Serve until told to end."""
        if self.app.place.access_log:
            _write_accesses()
        self._server = DrainingServer(Config(**self._options()), self)
        self._server.run(sockets=[listener.sock for listener in self.sockets])
        if not self._server.started:
            sys.exit(BOOT_FAILED)

    def _options(self):
        options = {
            "lifespan": "off" if self.app.plain else "auto",
            "log_config": None,
            "access_log": self.app.place.access_log,
            # Ours does it for unix sockets too.
            "proxy_headers": False,
            "timeout_notify": max(1, self.timeout / 4),
            "limit_max_requests": self.max_requests if self.cfg.max_requests else None,
        }
        if "timeout_graceful_shutdown" in inspect.signature(Config).parameters:
            options["timeout_graceful_shutdown"] = self.cfg.graceful_timeout * _STREAMS_SHARE
        options.update(self.app.uvicorn_options or {})
        options.update(app=sending.measured(self.wsgi, self.log), callback_notify=self._notify)
        return options

    async def _notify(self):
        self.notify()


def _write_accesses():
    """Have uvicorn's lines about requests on standard output, where it has been given no
    configuration of logs."""
    handler = logging.StreamHandler(sys.stdout)
    form = '%(client_addr)s - "%(request_line)s" %(status_code)s'
    handler.setFormatter(AccessFormatter(form, use_colors=False))
    logger = logging.getLogger("uvicorn.access")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
