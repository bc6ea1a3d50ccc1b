"""The one Django process of a release: checks, then migrations, before any traffic.

What to do is in NUAGES_TASKS (`{"migrate": true, "check": true, "plan_only": false}`); what was
done is left in report.json in the exchange folder, and told on standard output meanwhile.
"""

import atexit
import contextlib
import json
import os
import signal
import sys
import threading
import time
import traceback

from nuages_runtime import configured, hook, report
from nuages_runtime.overlay import document
from nuages_runtime.overlay.checks import tolerable
from nuages_runtime.overlay.uploads import bring_uploads
from nuages_runtime.unmigrated import make_migrations
from nuages_runtime.urls.media_view import has_media_view
from nuages_runtime.urls.pages import find_pages

# Seconds that threads of the project's have to end once all is done.
_PATIENCE = 10


class ChecksFailedError(Exception):
    """Django's checks found errors; `told` is how Django prints them."""

    def __init__(self, messages):
        super().__init__("; ".join("{}: {}".format(m.id, m.msg) for m in messages))
        self.told = "\n".join(map(str, messages))


class _StillRunningError(Exception):
    """A thread of the project's has not ended in time."""


class _Steps:
    """Runs steps, says and remembers how long each took."""

    def __init__(self):
        self.rows = []
        self.current = ""

    def run(self, name, action):
        """The result of `action`, as the step `name`."""
        self.current = name
        started = time.perf_counter()
        row = {"name": name, "seconds": 0.0, "ok": False}
        self.rows.append(row)
        try:
            result = action()
            row["ok"] = True
            return result
        finally:
            row["seconds"] = round(time.perf_counter() - started, 4)
            sys.stdout.write("{name}: {seconds:.2f} s\n".format(**row))
            sys.stdout.flush()


def main(source=report.SOURCE, exchange=report.EXCHANGE):
    """Do the tasks and report; returns the exit code."""
    # Settings look at which command they are loaded for.
    sys.argv[:] = ["manage.py", "migrate", "--noinput"]
    tasks = json.loads(os.environ.get("NUAGES_TASKS") or "{}")
    done = {"checks": [], "plan": [], "applied": [], "media_view": False, "pages": None}
    done["error"] = None
    steps = _Steps()
    try:
        _perform(tasks, done, steps, source)
    except (Exception, SystemExit) as error:
        if not isinstance(error, ChecksFailedError):
            traceback.print_exc()
        done["error"] = _explain(error, steps.current, source)
    done.update(
        ok=done["error"] is None,
        steps=steps.rows,
        changes=document.changes(),
        warnings=document.warnings(),
    )
    report.write(done, exchange)
    return 0 if done["ok"] else 1


def _perform(tasks, done, steps, source):
    steps.run("setup", set_up)
    plan_only = bool(tasks.get("plan_only"))
    if tasks.get("check", True) and not plan_only:
        steps.run("check", lambda: _check(done))
    if plan_only or tasks.get("migrate", True):
        steps.run("plan", lambda: _plan(done, source))
    if tasks.get("migrate", True) and not plan_only:
        steps.run("migrate", lambda: _migrate(done))
        _make_cache_tables(steps)
    if not plan_only:
        bring_uploads()
        steps.run("urls", lambda: _look_at_urls(done))
        _send_static_files(steps)


def _look_at_urls(done):
    done["media_view"] = has_media_view()
    # A URLconf that cannot be read is for the start to complain of.
    with contextlib.suppress(Exception):
        done["pages"] = find_pages()


def _send_static_files(steps):
    from nuages_runtime.static.collect import is_kept_elsewhere

    if is_kept_elsewhere():
        from django.core.management import call_command

        steps.run("static", lambda: call_command("collectstatic", interactive=False, verbosity=0))


def set_up():
    """Load Django with the project's settings, as every process of a release does."""
    # Workers and scheduled commands have nothing else that would put DEBUG off.
    problem = hook.missing()
    if problem:
        raise RuntimeError(problem)
    hook.install()
    import django

    from nuages_runtime.overlay.apply import require

    configured.prepare()
    require()
    django.setup()


def _check(done):
    import django
    from django.core import checks

    from nuages_runtime.overlay.data import looked_after

    databases = looked_after()
    options = {"databases": databases} if databases and django.VERSION >= (3, 1) else {}
    messages = [m for m in checks.run_checks(**options) if not m.is_silenced()]
    done["checks"] += [told(message) for message in messages]
    serious = [m for m in messages if m.is_serious()]
    tolerated = tolerable(serious)
    done["tolerated"] = [told(message) for message in tolerated]
    serious = [message for message in serious if message not in tolerated]
    if serious:
        raise ChecksFailedError(serious)


def told(message):
    """A message of Django's checks as a row of a report."""
    return {
        "id": message.id or "",
        "level": _level(message.level),
        "message": str(message.msg),
        "hint": str(message.hint or ""),
        "object": "" if message.obj is None else str(message.obj),
    }


def _level(number):
    names = ((50, "critical"), (40, "error"), (30, "warning"), (20, "info"))
    return next((name for least, name in names if number >= least), "debug")


def _plan(done, source):
    """What is to be migrated, said and remembered before anything is; a migration once, whatever
    the number of databases that have not seen it."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from nuages_runtime.overlay.data import looked_after

    for alias in looked_after():
        make_migrations(alias, source)
        executor = MigrationExecutor(connections[alias])
        for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
            row = {
                "app": migration.app_label,
                "name": migration.name,
                "operations": [operation.describe() for operation in migration.operations],
            }
            if row in done["plan"]:
                continue
            done["plan"].append(row)
            for operation in row["operations"]:
                sys.stdout.write("  {app}.{name}: ".format(**row) + operation + "\n")


def _migrate(done):
    """Migrate each database; routers say what of it belongs where. What was applied is
    remembered also where one migration failed."""
    from django.core.management import call_command

    from nuages_runtime.overlay.data import looked_after

    applied = set()
    try:
        for alias in looked_after():
            before = _recorded(alias)
            try:
                # With the tables of apps, mostly of packages, that have no migrations at all.
                options = {"interactive": False, "verbosity": 1, "run_syncdb": True}
                call_command("migrate", database=alias, **options)
            finally:
                applied |= _recorded(alias, before) - before
    finally:
        done["applied"] = [
            {"app": row["app"], "name": row["name"]}
            for row in done["plan"]
            if (row["app"], row["name"]) in applied
        ]


def _make_cache_tables(steps):
    """The tables of caches that are kept in a database, which no migration makes; without them
    each page is an error."""
    from django.conf import settings
    from django.core.cache import caches
    from django.core.cache.backends.db import BaseDatabaseCache
    from django.core.management import call_command

    if any(isinstance(caches[alias], BaseDatabaseCache) for alias in settings.CACHES):
        steps.run("createcachetable", lambda: call_command("createcachetable", verbosity=1))


def _recorded(alias, otherwise=None):
    """The migrations that a database has seen, as (app, name), over a connection of its own:
    who knows what a failure has left of the other one. `otherwise` where it does not answer."""
    from django.db import connections
    from django.db.migrations.recorder import MigrationRecorder

    connection = connections[alias]
    try:
        connection.close()
        return set(MigrationRecorder(connection).applied_migrations())
    except Exception:
        if otherwise is None:
            raise
        return otherwise
    finally:
        with contextlib.suppress(Exception):
            connection.close()


def _explain(error, step, source):
    told = report.explain(error, step, source)
    told["migration"], told["operation"] = _migration_of(error)
    if isinstance(error, ChecksFailedError):
        told["trace"] = error.told
    return told


def _migration_of(error):
    """The migration that was being applied and its operation, from the traceback."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        names = frame.f_locals
        if frame.f_code.co_name == "apply" and "operation" in names and "self" in names:
            migration, operation = names["self"], names["operation"]
            if hasattr(migration, "app_label") and hasattr(operation, "describe"):
                name = "{}.{}".format(migration.app_label, migration.name)
                return name, operation.describe()
    return "", ""


def leave(code, patience=_PATIENCE):
    """End as Python does, but for taking the interpreter apart, which takes a tenth of a
    release's time; and wait no longer than `patience` seconds for the project's threads."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(patience)
    try:
        threading._shutdown()
    except _StillRunningError:
        names = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
        sys.stdout.write("nuages: left while {} still ran\n".format(", ".join(names)))
    signal.alarm(0)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _give_up(*_):
    raise _StillRunningError


if __name__ == "__main__":
    leave(main(*sys.argv[1:]))
