"""One look at a built project from inside: settings, storages, checks, and its static files.

Runs once for each image, without network, secrets or database, and leaves report.json and the
collected files in the exchange folder. Django is imported once for all of it.
"""

import os
import sys
import traceback

from nuages_runtime import configured, hook, report
from nuages_runtime.absent import modules
from nuages_runtime.absent.unfit import is_unfit
from nuages_runtime.overlay import document
from nuages_runtime.overlay.checks import tolerable
from nuages_runtime.static.collect import collect

# sys.addaudithook is there from Python 3.8 on.
_AUDIT = hasattr(sys, "addaudithook")
# As many as the kernel follows.
_MOST_LINKS = 40
# A check asks for Pillow, instead of an import.
_WITHOUT_PILLOW = ("fields.E210",)


def main(source=report.SOURCE, exchange=report.EXCHANGE, interface="wsgi", target=""):
    """Look into the project at `source`, collect, report to the folder `exchange`; returns the
    exit code. `interface` and `target` (`MODULE:CALLABLE`) are what is going to be served."""
    # Settings look at it, to go without a database here.
    sys.argv[:] = ["manage.py", "collectstatic", "--noinput"]
    trace = Trace(source) if _AUDIT else None
    found = {"python": ".".join(map(str, sys.version_info[:3])), "error": None}
    progress = {"step": "settings"}
    try:
        _look(found, os.path.join(exchange, "static"), progress, trace)
        # What is going to be served may end the process; then this is what is known.
        _write(found, trace, exchange)
        progress["step"] = "application"
        found["absent"] = _load(interface, target, source)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        found["error"] = report.explain(error, progress["step"], source)
    _write(found, trace, exchange)
    return 1 if found["error"] else 0


def _write(found, trace, exchange):
    opened, listed = trace.result() if trace is not None else (None, None)
    warnings = found.get("warnings", []) + document.warnings()
    whole = dict(found, changes=document.changes(), warnings=warnings, opened=opened, listed=listed)
    report.write(whole, exchange)


def _look(found, collected, progress, trace):
    """Fill `found`. What is traced is what decides it: the settings, the static files, and the
    modules that may have a part in collecting them. What models and views read is looked at in
    every release again, so it is not."""
    hook.install()
    import django

    found["django"] = django.get_version()
    found["settings_module"] = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    from nuages_runtime.overlay.apply import require

    configured.prepare()
    require()
    from django.conf import settings

    found.update(
        static_url=settings.STATIC_URL or "",
        static_root=str(settings.STATIC_ROOT or ""),
        # Django puts the script prefix before a relative address, an empty one too.
        media_url=settings.MEDIA_URL if settings._wrapped.MEDIA_URL else "",
        media_root=str(settings.MEDIA_ROOT or ""),
        databases=[str(entry.get("ENGINE") or "") for entry in settings.DATABASES.values()],
    )
    if trace is not None:
        trace.on = False
    progress["step"] = "setup"
    django.setup()
    if trace is not None:
        trace.on = True
    progress["step"] = "collectstatic"
    found["static_collected"] = collect(collected)
    if trace is not None:
        trace.on = False
        trace.note_modules()
    progress["step"] = "check"
    found["warnings"] = _failed_checks()


def _load(interface, target, source):
    """Load what is served, for its imports; the modules that the settings name and that are not
    there. Whatever else goes wrong is for the start to say, with the real config vars."""
    from django.conf import settings

    from nuages_runtime.server.application import load

    try:
        load(interface, target)
    except (Exception, SystemExit) as error:
        unfit = isinstance(error, ImportError) and is_unfit(error, source)
        if unfit or modules.absent_module(error):
            raise
    return modules.absent_from(settings)


def _failed_checks():
    from django.core import checks

    failed = [
        message
        for message in checks.run_checks()
        if message.is_serious() and not message.is_silenced()
    ]
    if any(message.id in _WITHOUT_PILLOW for message in failed):
        raise ModuleNotFoundError("No module named 'PIL', which image fields need", name="PIL")
    tolerated = tolerable(failed)
    return [
        "{}: {} (the release would be refused)".format(message.id, message.msg)
        for message in failed
        if message not in tolerated
    ]


class Trace:
    """Notes which files below `source` are opened and which of its folders are listed, while
    `on`. There is no way to end an audit hook."""

    def __init__(self, source):
        self.on = True
        self._opened = set()
        self._listed = set()
        self._made = set()
        self._source = source
        self._inside = os.path.join(source, "")
        self._here = os.getcwd()
        sys.addaudithook(self._look)

    def note_modules(self):
        """The files of every module of the project that is loaded: some were loaded while the
        trace was off, and may be at work all the same."""
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if file:
                self._note(file, self._opened)

    def result(self):
        """(files, folders) as sorted paths below the source, folders with a closing slash, the
        top one as `/`. Links on the way to them are among the files; what the project itself
        has made meanwhile is not."""
        files, folders = set(), set()
        for path in self._opened - self._made:
            *links, real = _steps(_source_of(path), self._source)
            files.update(links)
            if os.path.isfile(real):
                files.add(real)
        for path in self._listed:
            *links, real = _steps(path, self._source)
            files.update(links)
            folders.add(real)
        cut = len(self._inside)
        return (
            sorted(path[cut:] for path in files if path.startswith(self._inside)),
            sorted(path[cut:] + "/" for path in folders if (path + "/").startswith(self._inside)),
        )

    def _look(self, event, arguments):
        if not self.on:
            return
        if event == "open":
            path = self._note(arguments[0], self._opened)
            flags = arguments[2] if len(arguments) > 2 else 0
            if path and (flags or 0) & os.O_CREAT and not os.path.lexists(path):
                self._made.add(path)
        elif event in ("os.listdir", "os.scandir"):
            self._note(arguments[0] or ".", self._listed)

    def _note(self, path, paths):
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return ""
        path = os.path.normpath(os.path.join(self._here, path))
        if not (path + "/").startswith(self._inside):
            return ""
        paths.add(path)
        return path


def _source_of(path):
    """The source that bytecode stands for; any other path as it is."""
    from importlib.util import source_from_cache

    if path.endswith(".pyc") and "__pycache__" in path:
        try:
            return source_from_cache(path)
        except ValueError:
            pass
    return path


def _steps(path, source):
    """The links below `source` on the way to `path`, and at the end where it really lies."""
    found = []
    for _ in range(_MOST_LINKS):
        link = _first_link(path, source)
        if link is None:
            break
        found.append(link)
        target = os.path.join(os.path.dirname(link), os.readlink(link))
        path = os.path.normpath(target + path[len(link) :])
    return [*found, path]


def _first_link(path, source):
    place = source.rstrip("/")
    if not path.startswith(place + "/"):
        return None
    for part in path[len(place) + 1 :].split("/"):
        place = place + "/" + part
        if os.path.islink(place):
            return place
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
