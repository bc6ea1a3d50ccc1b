"""Is this instance fit for traffic? One request in process, and a look at its database.

The request has the host and the scheme that visitors will use, so that ALLOWED_HOSTS and a
redirect to https are tried too. Any answer is fine but 400, 5xx and a redirect to itself. Where
nobody says which path to ask, the URLconf does.
"""

import io
import json
import logging
import os
import sys
import threading
import time
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from nuages_runtime import report
from nuages_runtime.server import gate
from nuages_runtime.urls.pages import find_pages

_REFUSED = 400
# Much of a page need not be made; what a generator does at its start has been seen by then.
_ENOUGH = 65536
# Seconds after which the log says what is waited for.
_SLOW = 2.0


class Visit:
    """A request to make, from NUAGES_READINESS (`{"host", "scheme", "path"}`). `kind` says what
    it is for: the path that counts (`asked`), a health check that was found (`check`), or a page
    that was found, of which nobody knows what it wants (`page`)."""

    def __init__(self, document, path="", kind="asked"):
        self.host = document.get("host") or "localhost"
        self.scheme = document.get("scheme") or "http"
        self.path = path or document.get("path") or "/"
        self.kind = kind

    @property
    def url(self):
        """The whole address."""
        return "{}://{}{}".format(self.scheme, self.host, self.path)

    @property
    def headers(self):
        """What the proxy would send with it, as (name, value)."""
        return [
            ("Host", self.host),
            ("X-Forwarded-Proto", self.scheme),
            ("X-Forwarded-For", "127.0.0.1"),
            ("X-Forwarded-Host", self.host),
            ("User-Agent", "nuages-readiness"),
            ("Accept", "text/html,*/*"),
        ]


def visit():
    """The visit that was asked for, else the one of `/`."""
    return Visit(_document())


def visits(find=find_pages):
    """The visits of which one good answer is enough: the path that was asked for alone; else a
    health check of the project's, and `/`, or the first pages of a site that has nothing there.
    `find` asks the URLconf."""
    document = _document()
    if document.get("path"):
        return [Visit(document)]
    try:
        pages = find()
    except Exception:
        # The request says it better, and is explained.
        return [Visit(document)]
    found = [Visit(document, pages["health"], "check")] if pages["health"] else []
    if pages["root"] or not pages["first"]:
        return [*found, Visit(document)]
    return [*found, *(Visit(document, path, "page") for path in pages["first"])]


def _document():
    try:
        return json.loads(os.environ.get("NUAGES_READINESS") or "{}")
    except ValueError:
        return {}


def judge(wanted, status, location, seen):
    """What is wrong with an answer, in one line; empty where nothing is. `seen` is the last
    line of the exception behind it, where there was one."""
    if 200 <= status < 300:
        return ""
    if wanted.kind != "check":
        if 300 <= status < 400:
            return _judge_redirect(wanted, location)
        wants_more = wanted.kind == "page" and "DisallowedHost" not in seen
        if 400 <= status < 500 and (status != _REFUSED or wants_more):
            return ""
    what = "GET {} for {} answered {}".format(wanted.path, wanted.host, status)
    return "{}: {}".format(what, seen) if seen else what


def _judge_redirect(wanted, location):
    there, here = urlsplit(urljoin(wanted.url, location)), urlsplit(wanted.url)
    same = (there.hostname, there.path or "/", there.query)
    if same != (here.hostname, here.path or "/", here.query):
        return ""
    if there.scheme == "https":
        return (
            "GET {} redirects to itself over https: SECURE_SSL_REDIRECT is on, but the request "
            "{}".format(
                wanted.url,
                "has no https to go to" if here.scheme == "http" else "was https already",
            )
        )
    return "GET {} redirects to itself; is SECURE_SSL_REDIRECT meant?".format(wanted.url)


def wsgi_problem(app):
    """What is wrong with a WSGI app, in one line; empty where nothing is."""
    problems = {}
    for wanted in visits():
        problems[wanted] = _wsgi_problem(app, wanted)
        if not problems[wanted]:
            break
    return sum_up(problems)


def _wsgi_problem(app, wanted):
    with _Watch(wanted) as watch:
        try:
            status, location = _ask_wsgi(app, wanted)
        except Exception as error:
            return "GET {}: {}".format(wanted.path, report.last_line(error))
    return judge(wanted, status, location, watch.seen)


def _ask_wsgi(app, wanted):
    path, _, query = wanted.path.partition("?")
    host, _, port = wanted.host.partition(":")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if wanted.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": wanted.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ.update(("HTTP_" + n.upper().replace("-", "_"), v) for n, v in wanted.headers)
    started = []

    def start_response(status, headers, *_):
        started[:] = [status, headers]
        return io.BytesIO().write

    body = app(environ, start_response)
    try:
        size = 0
        latest = time.monotonic() + _SLOW
        for part in body:
            size += len(part)
            if size > _ENOUGH or time.monotonic() > latest:
                break
    finally:
        if hasattr(body, "close"):
            body.close()
    if not started:
        raise RuntimeError("the app ended without an answer")
    status, headers = started
    location = next((v for name, v in headers if name.lower() == "location"), "")
    return int(status.split()[0]), location


async def asgi_problem(app, state=None):
    """What is wrong with an ASGI app, in one line; empty where nothing is."""
    problems = {}
    for wanted in visits():
        problems[wanted] = await _asgi_problem(app, wanted, state)
        if not problems[wanted]:
            break
    return sum_up(problems)


def sum_up(problems):
    """The one of what was found wrong that counts, by visit; empty where a visit went well, and
    then the others are for the log."""
    if all(problems.values()):
        return next((p for wanted, p in problems.items() if wanted.kind != "check"), "")
    for problem in filter(None, problems.values()):
        sys.stderr.write("nuages: {}; another address answers well\n".format(problem))
    return ""


async def _asgi_problem(app, wanted, state):
    with _Watch(wanted) as watch:
        try:
            status, location = await _ask_asgi(app, wanted, state)
        except Exception as error:
            return "GET {}: {}".format(wanted.path, report.last_line(error))
    return judge(wanted, status, location, watch.seen)


async def _ask_asgi(app, wanted, state):
    import asyncio

    path, _, query = wanted.path.partition("?")
    host, _, port = wanted.host.partition(":")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": wanted.scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in wanted.headers],
        "client": ("127.0.0.1", 0),
        "server": (host, int(port or (443 if wanted.scheme == "https" else 80))),
    }
    if state is not None:
        scope["state"] = dict(state)
    told = []
    loop = asyncio.get_event_loop()
    begun, ended = loop.create_future(), loop.create_future()
    size = 0
    asked = []

    async def receive():
        if not asked:
            asked.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        # Nobody hangs up before the answer is there.
        await asyncio.wait([ended])
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal size
        if message["type"] == "http.response.start":
            told.append(message)
            _settle(begun)
        elif message["type"] == "http.response.body":
            size += len(message.get("body", b""))
            if size > _ENOUGH or not message.get("more_body"):
                _settle(ended)

    answering = asyncio.ensure_future(app(scope, receive, send))
    await asyncio.wait([answering, begun], return_when=asyncio.FIRST_COMPLETED)
    # An answer may go on for ever.
    await asyncio.wait([answering, ended], timeout=_SLOW, return_when=asyncio.FIRST_COMPLETED)
    _settle(ended)
    await asyncio.wait([answering], timeout=_SLOW)
    if answering.done():
        answering.result()
    answering.cancel()
    if not told:
        raise RuntimeError("the app ended without an answer")
    start = told[0]
    # Their names should be in lower case; Channels 2 leaves them as Django writes them.
    headers = {name.lower(): value for name, value in start.get("headers") or ()}
    return start["status"], headers.get(b"location", b"").decode("latin-1")


def _settle(future):
    if not future.done():
        future.set_result(None)


def database_problem():
    """What is wrong with the databases that the platform looks after, in one line; empty where
    nothing is, or where the app has none. Waits for the gate."""
    conf = sys.modules.get("django.conf")
    if conf is None or not conf.settings.configured:
        return ""
    gate.wait()
    from nuages_runtime.overlay import data

    problems = (_problem_of(alias) for alias in data.looked_after())
    return next(filter(None, problems), "")


def _problem_of(alias):
    from django.db import connections

    try:
        connection = connections[alias]
        connection.ensure_connection()
        missing = _unapplied(connection)
    except Exception as error:
        which = "database" if alias == "default" else "database '{}'".format(alias)
        return "the {} cannot be used: {}".format(which, report.last_line(error))
    finally:
        connections.close_all()
    if missing:
        shown = ", ".join("{}.{}".format(*key) for key in missing[:3])
        return "migrations are not applied, so tables may be missing: {}{}".format(
            shown, " and {} more".format(len(missing) - 3) if len(missing) > 3 else ""
        )
    return ""


def _unapplied(connection):
    """Migrations that the database has not seen, as (app, name). The names of files are
    compared first: importing every migration takes longer than the rest of a start."""
    there = _migration_files()
    if not there:
        return []
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        applied = set()
        if "django_migrations" in tables:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    if there <= applied:
        return []
    # Squashed migrations and routers have their say before anything is said to be missing.
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(migration.app_label, migration.name) for migration, _ in plan]


def _migration_files():
    import importlib.util
    import pkgutil

    from django.apps import apps
    from django.conf import settings

    found = set()
    for config in apps.get_app_configs():
        folders = [os.path.join(config.path, "migrations")]
        if config.label in settings.MIGRATION_MODULES:
            module = settings.MIGRATION_MODULES[config.label]
            spec = importlib.util.find_spec(module) if module else None
            folders = list(spec.submodule_search_locations or ()) if spec else []
        for _, name, is_package in pkgutil.iter_modules(folders):
            if not is_package and name[0] not in "_~":
                found.add((config.label, name))
    return found


class _Watch(logging.Handler):
    """Sees the exception that Django turns into an answer: the one behind a 500 by its signal,
    the one behind a 400 by its log. Says in the log when the answer is long in coming."""

    # The last one by itself: Django's documentation shows how to send it nowhere.
    _LOGGERS = ("django.security", "django.request", "django.security.DisallowedHost")

    def __init__(self, wanted):
        super().__init__(logging.WARNING)
        self.wanted = wanted
        self.seen = ""
        self._slow = threading.Timer(_SLOW, self._say_slow)
        self._slow.daemon = True

    def __enter__(self):
        self._slow.start()
        for name in self._LOGGERS:
            logging.getLogger(name).addHandler(self)
        if "django.core.signals" in sys.modules:
            sys.modules["django.core.signals"].got_request_exception.connect(self._raised)
        return self

    def __exit__(self, *_):
        self._slow.cancel()
        for name in self._LOGGERS:
            logging.getLogger(name).removeHandler(self)
        if "django.core.signals" in sys.modules:
            sys.modules["django.core.signals"].got_request_exception.disconnect(self._raised)

    def _say_slow(self):
        sys.stderr.write(
            "nuages: GET {} for {} has not answered after {:g} s\n".format(
                self.wanted.path, self.wanted.host, _SLOW
            )
        )

    def _raised(self, **_):
        error = sys.exc_info()[1]
        if error is not None:
            self.seen = report.last_line(error)

    def emit(self, record):
        """Take note of a record; the first one says most."""
        if self.seen:
            return
        error = record.exc_info[1] if record.exc_info else None
        kind = record.name.rpartition(".")[2]
        self.seen = report.last_line(error) if error else "{}: {}".format(kind, record.getMessage())
