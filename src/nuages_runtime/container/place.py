"""Where a container's server listens: on a port of its own, to which anybody may connect."""

import os

from nuages_runtime.container.trust import OpenAsgi, OpenWsgi
from nuages_runtime.given.surroundings import PORT, is_on
from nuages_runtime.server import application

BIND = "NUAGES_BIND"
ACCESS_LOG = "NUAGES_ACCESS_LOG"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - a container's network is its own
# Seconds that a connection without a request is kept: gunicorn's advice for servers without a
# proxy that keeps connections itself.
_KEEP_ALIVE = 5
_RELEASE = "; run the image once with: python -m nuages_runtime.container release"
_WRAPPERS = {"wsgi": OpenWsgi, "asgi": OpenAsgi}


class Open:
    """A port of the container's; has what `server.place.Inherited` has."""

    program = "nuages_runtime.container"
    threaded = "nuages_runtime.server.kinds.gthread.PromptWorker"
    # A database may come up later than its app; the health check says when all is well.
    serves_unfit = True

    def advise(self, problem):
        """What to do about a problem that the app starts with, as an end of its line."""
        return _RELEASE if problem.startswith("migrations") else ""

    @property
    def access_log(self):
        """Whether each request is a line on standard output."""
        return is_on(os.environ.get(ACCESS_LOG))

    def settings(self):
        """gunicorn's settings for every command, whoever wrote it."""
        host, port = self.port_of()
        settings = {
            "bind": ["{}:{}".format("[{}]".format(host) if ":" in host else host, port)],
            # Who is believed, our own middleware decides.
            "forwarded_allow_ips": "*",
            "secure_scheme_headers": {},
        }
        if self.access_log:
            settings["accesslog"] = "-"
        return settings

    def own_settings(self, _, threads):
        """gunicorn's settings for our own command, besides. Connections that are kept alive take
        no thread."""
        return {"keepalive": _KEEP_ALIVE, "worker_connections": max(1000, threads)}

    def command_settings(self, _):
        """gunicorn's settings for a command of the project's, besides."""
        return {}

    def wrap(self, interface, app):
        """The app as it is served."""
        return application.wrap(interface, app, _WRAPPERS)

    def run(self, argv):
        """Run a server that only knows ports; its exit code."""
        from nuages_runtime.container.supervise import supervise

        return supervise(argv)

    def port_of(self):
        """The address and the port to listen on."""
        return os.environ.get(BIND) or _EVERYWHERE, os.environ.get("PORT") or str(PORT)
