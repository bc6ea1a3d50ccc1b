"""gunicorn as a library: our settings, the inherited socket, the gate and readiness.

With the platform's own command the master process loads the app once and forks the workers from
it (`sharing`). Where that cannot be, or a project's own command does not ask for it, workers load
the app side by side; what of Django needs no settings is then imported before they are forked.
"""

import gc
import importlib
import os
import sys
import time
import traceback

from gunicorn.app.base import BaseApplication
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from nuages_runtime import report
from nuages_runtime.server import (
    answers,
    application,
    gate,
    listening,
    readiness,
    sharing,
    starting,
)
from nuages_runtime.server.ready import Reporter
from nuages_runtime.statsd import sending

UVICORN = "nuages_runtime.server.kinds.uvicorn_worker.UvicornWorker"
BOOT_FAILED = 3

# Seconds without a sign of life after which a worker is ended. Long requests are no such
# thing: they run in threads. What is ended is a worker whose interpreter hangs.
SILENCE = 120
# Seconds: a worker that lived shorter is replaced after a pause, not at full speed.
_TOO_SHORT = 1.0
_PAUSE = 2.0
# Workers that leave Python as it is. Others (gevent) replace parts of it in each process, which
# has to come before anything that uses these parts.
_PLAIN = ("sync", "gthread", "threads")
_SHARED = (
    "django.core.handlers.wsgi",
    "django.core.mail",
    "django.core.management",
    "django.db.models",
    "django.forms",
    "django.template.loader",
    "django.urls",
    "django.views.generic",
    "django.views.csrf",
)


def settings(place):
    """gunicorn's settings that hold for every web process, whoever wrote its command."""
    return {
        "daemon": False,
        "reload": False,
        "reuse_port": False,
        "user": os.geteuid(),
        "group": os.getegid(),
        "graceful_timeout": listening.grace(),
        "forwarder_headers": "",
        "worker_tmp_dir": _memory_folder(),
        "control_socket_disable": True,
        **place.settings(),
    }


_TOO_MANY = (
    "nuages: the command asks for {} workers, and an instance has memory for {}; "
    "for more: [limits] memory in deploy.toml\n"
)


def own_settings(interface, place, server=""):
    """gunicorn's settings for the platform's own command; `server` is the class of server
    (`server.classes`), empty for the usual one."""
    threads = _number("NUAGES_THREADS", 1)
    usual = UVICORN if interface == "asgi" else place.threaded
    return {
        **settings(place),
        **sending.sending_settings(os.environ),
        "workers": _number("WEB_CONCURRENCY", 1),
        "worker_class": _worker(server, place) or usual,
        "threads": threads,
        "timeout": SILENCE,
        # The proxy lets more through than gunicorn takes by itself; these are gunicorn's highest.
        "limit_request_line": 8190,
        "limit_request_field_size": 16380,
        "errorlog": "-",
        "loglevel": "warning",
        "max_requests": 0,
        "max_requests_jitter": 0,
        "proc_name": os.environ.get("NUAGES_APP") or "web",
        **place.own_settings(interface, 1000 if server == "gevent" else threads),
    }


def _worker(server, place):
    """gunicorn's name for the worker of a class of server."""
    return {"gthread": place.threaded, "uvicorn": UVICORN}.get(server, server)


class _Hooks:
    """What both kinds of application share: readiness of each worker, and one report."""

    # Options of the uvicorn command, for its Config.
    uvicorn_options = None
    # In a worker: its start.
    start = None

    @property
    def is_asked(self):
        """Whether anybody wants to know if this app is fit."""
        return self.reporter.is_wanted or self.place.serves_unfit

    def prepare(self):
        """Before anything is loaded: take over the descriptors, and set up gunicorn."""
        answers.install()
        self.reporter = Reporter()
        gate.is_expected()

    def configure(self, values):
        """Set what this version of gunicorn knows of `values`."""
        for name, value in values.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        for name, action in (
            ("post_fork", self.forked),
            ("post_worker_init", self.loaded),
            ("child_exit", self.buried),
        ):
            self.cfg.set(name, _both(action, self.cfg.settings[name].get()))

    def forked(self, _, worker):
        """In a new worker: while it waits at the gate, it shows that it lives."""
        self.start = starting.Start(worker)
        gate.pulse.append(worker.notify)

    def buried(self, _, worker):
        """In the master: a worker has ended. One that ends before any was ready, without a word
        of its own, is the word on this instance: the next one would end in the same way."""
        self.reporter.report("a worker process (pid {}) died while it started".format(worker.pid))

    def loaded(self, worker):
        """In a worker that has loaded its app: is it fit? ASGI apps are asked in their loop."""
        if self.interface == "wsgi":
            self._ask(worker)
        self.start.end()

    def _ask(self, worker):
        gate.wait()
        if not self.is_asked:
            return
        if self.place.serves_unfit:
            # Told once, by the first: what the database lacks explains what pages lack.
            problem = readiness.database_problem() or readiness.wsgi_problem(worker.wsgi)
        else:
            problem = readiness.wsgi_problem(worker.wsgi) or readiness.database_problem()
        if not self.accept(problem):
            sys.exit(BOOT_FAILED)

    def accept(self, problem):
        """Report; whether this worker may serve. A worker that takes the place of another one
        later is not refused: the database may be away for a moment only."""
        if self.place.serves_unfit:
            if self.reporter.report("") and problem:
                sys.stderr.write("nuages: {}{}\n".format(problem, self.place.advise(problem)))
                sys.stderr.flush()
            return True
        if problem:
            # Before the report: who reads it looks at the log at once.
            sys.stderr.write("nuages: not ready: {}\n".format(problem))
            sys.stderr.flush()
        first = self.reporter.report(problem)
        return not (first and problem)

    def load_checked(self, load):
        """The result of `load`; an exception is printed, reported, and ends this process."""
        try:
            return load()
        except SystemExit as error:
            self.reporter.report(report.last_line(error))
            raise
        except BaseException as error:
            traceback.print_exc()
            sys.stderr.flush()
            self.reporter.report(report.last_line(error))
            sys.exit(BOOT_FAILED)

    def serve(self):
        """Run until SIGTERM, then end with code 0 when the last request is done."""
        try:
            ServeArbiter(self).run()
        except RuntimeError as error:
            sys.stderr.write("nuages: {}\n".format(error))
            sys.exit(1)


class OwnApplication(_Hooks, BaseApplication):
    """The platform's own command: `wsgi` or `asgi`, with a target or without."""

    def __init__(self, place, interface, target="", options=None, server=""):
        self.place = place
        self.server = server
        self.interface = interface
        self.target = target
        self.uvicorn_options = dict(options or {})
        # What replaces parts of Python does so in each worker, before the app is loaded.
        self.attempt = sharing.Attempt(place.program, is_possible=server != "gevent")
        # Settings look at which command they are loaded for; gunicorn must not look at ours.
        sys.argv[:] = ["gunicorn", target or interface]
        self.prepare()
        super().__init__()

    def load_config(self):
        """Only our settings: neither files nor variables of gunicorn's own."""
        values = own_settings(self.interface, self.place, self.server)
        values["preload_app"] = self.attempt.is_wanted
        values["workers"] = self.uvicorn_options.pop("workers", None) or values["workers"]
        self.configure(values)

    def load(self):
        """The app behind its middleware."""
        factory = self.uvicorn_options.pop("factory", False)
        self.attempt.begin()
        app = self.load_checked(lambda: self._load(factory))
        if self.cfg.preload_app:
            self.load_checked(application.load_urls)
            obstacle = self.attempt.obstacle()
            if obstacle:
                ours = (listening.FIRST, gate.descriptor(), self.reporter.descriptor)
                self.attempt.start_over(obstacle, [n for n in ours if n is not None])
        self.plain = application.is_plain_django(app)
        return self.place.wrap(self.interface, app)

    def _load(self, factory):
        app = application.load(self.interface, self.target)
        return app() if factory else app


class CommandApplication(_Hooks, WSGIApplication):
    """A `gunicorn …` command of the project's, with its own options and configuration file."""

    interface = "wsgi"

    def __init__(self, place, arguments, server=""):
        self.place = place
        self.server = server
        self.plain = False
        sys.argv[:] = ["gunicorn", *arguments]
        self.prepare()
        super().__init__("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn")

    def load_config(self):
        """The project's settings, then those that the inherited socket needs."""
        super().load_config()
        values = {**settings(self.place), **self.place.command_settings(self.cfg)}
        values.update(sending.sending_settings(os.environ, self.cfg))
        if self.server:
            self.cfg.set("worker_class", _worker(self.server, self.place))
        most = _number("NUAGES_MOST_WORKERS", self.cfg.workers)
        if self.cfg.workers > most:
            values["workers"] = most
            sys.stderr.write(_TOO_MANY.format(self.cfg.workers, most))
        name = self.cfg.worker_class_str
        if "uvicorn" in name.lower() or name == "asgi":
            kind = self.cfg.worker_class
            self.uvicorn_options = dict(getattr(kind, "CONFIG_KWARGS", None) or {})
            values["worker_class"] = UVICORN
            self.interface = "asgi"
        elif name in ("gthread", "threads", self.place.threaded):
            values["worker_class"] = self.place.threaded
        self.configure(values)
        for path in (self.cfg.pythonpath or "").split(","):
            if path and os.path.abspath(path) not in sys.path:
                sys.path.insert(0, os.path.abspath(path))

    def load(self):
        """The app behind its middleware."""
        app = self.load_checked(self._load)
        self.plain = application.is_plain_django(app)
        interface = application.interface_of(app, self.cfg.worker_class_str)
        return self.place.wrap(interface, app)

    def _load(self):
        from nuages_runtime import hook

        hook.install()
        application.imported(self.app_uri.partition(":")[0])
        app = super().load()
        application.require_overlay()
        return app


class ServeArbiter(Arbiter):
    """gunicorn's master. As the first process of a sandbox it reaps whatever is left there."""

    _halting = False
    # When a worker may be started again (time.monotonic).
    _not_before = 0.0

    def __init__(self, app):
        self._born = {}
        super().__init__(app)

    def start(self):
        """Import what all workers need, then start as ever."""
        several = self.cfg.settings["workers"].get() > 1
        if several and not self.cfg.preload_app and self._is_plain():
            _import_shared()
        if hasattr(gc, "freeze"):
            # What is collected never touches what was there before: its memory stays shared.
            gc.collect()
            gc.freeze()
        super().start()

    def _is_plain(self):
        name = self.cfg.worker_class_str
        return name in _PLAIN or name.startswith("nuages_runtime.")

    def spawn_worker(self):
        """Fork a worker, to which nothing said from its very beginning is lost."""
        with starting.deferred():
            pid = super().spawn_worker()
        self._born[pid] = time.monotonic()
        return pid

    def halt(self, *reason, **status):
        """End, for the first reason that there was."""
        self._halting = True
        super().halt(*reason, **status)

    def reap_workers(self):
        """Bury workers. gunicorn takes one that could not start as a reason to end, also where
        others serve, or while it is ending for that reason already and would leave them behind."""
        while True:
            try:
                super().reap_workers()
                break
            except HaltServer:
                self._forget_buried()
                others_serve = self.WORKERS and self.app.reporter.is_ready
                if not self._halting and not others_serve:
                    raise
                self._pause()
        for pid in set(self._born) - set(self.WORKERS):
            if time.monotonic() - self._born.pop(pid, 0.0) < _TOO_SHORT:
                self._pause()

    def _forget_buried(self):
        # Before gunicorn 24 the one whose end is the reason stays on the list.
        for pid in list(self.WORKERS):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                self.WORKERS.pop(pid).tmp.close()

    def _pause(self):
        self._not_before = time.monotonic() + _PAUSE

    def spawn_workers(self):
        """Start what is missing, at once: gunicorn itself waits between two workers. One that
        died at once is not started again at once: gunicorn comes back here every second."""
        while len(self.WORKERS) < self.num_workers and time.monotonic() >= self._not_before:
            self.spawn_worker()


def _import_shared():
    try:
        for name in _SHARED:
            importlib.import_module(name)
    except Exception:  # noqa: S110 - another Django, or none: workers import what they need
        pass


def _both(ours, theirs):
    """One hook of gunicorn's out of two, with the number of arguments that it looks at."""
    if ours.__code__.co_argcount == 3:

        def pair(arbiter, worker):
            ours(arbiter, worker)
            theirs(arbiter, worker)

        return pair

    def single(worker):
        theirs(worker)
        ours(worker)

    return single


def _number(name, default):
    text = os.environ.get(name, "")
    return max(1, int(text)) if text.isdigit() else default


def _memory_folder():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - the sandbox's
