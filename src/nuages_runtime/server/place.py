"""Where a server listens and who may connect: a release's inherited socket behind the platform's
proxy. Containers without a platform have another one (`container/place.py`)."""

import os

from nuages_runtime.server import application, listening


class Inherited:
    """The socket that the agent holds; everything that connects to it is the proxy."""

    # The program to start over as.
    program = "nuages_runtime.serve"
    threaded = "nuages_runtime.server.kinds.gthread.ThreadedWorker"
    # Whether an app that is unfit is served all the same, and only the log says so.
    serves_unfit = False
    # The proxy has one.
    access_log = False

    def settings(self):
        """gunicorn's settings for every command, whoever wrote it."""
        return {
            # What is kept alive may be closed by a worker just as the proxy sends into it.
            "keepalive": 0,
            "certfile": None,
            "keyfile": None,
            "forwarded_allow_ips": "*",
            "secure_scheme_headers": {"X-FORWARDED-PROTO": "https"},
        }

    def own_settings(self, interface, threads):
        """gunicorn's settings for our own command, besides. No more connections than threads: a
        busy worker leaves a request to an idle one."""
        return {"worker_connections": threads if interface == "wsgi" else 1000, "accesslog": None}

    def command_settings(self, command):
        """gunicorn's settings for a command of the project's, besides; `command` are its own."""
        is_threaded = command.worker_class_str in ("gthread", "threads")
        return {"worker_connections": command.threads} if is_threaded else {}

    def wrap(self, interface, app):
        """The app as it is served."""
        return application.wrap(interface, app)

    def run(self, argv):
        """Run a server that only knows ports; its exit code."""
        from nuages_runtime.server.forwarder import forward

        return forward(argv)

    def port_of(self):
        """Host and port for a server that runs beside us."""
        return "127.0.0.1", os.environ.get("PORT") or "8080"

    def announce(self):
        """Before anything else: whether there is something to listen on."""
        return listening.announce()
