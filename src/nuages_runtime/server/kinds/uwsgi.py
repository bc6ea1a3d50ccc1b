"""uWSGI as the server of an app: the command that starts it, and the app that it loads."""

import os

from nuages_runtime.server import listening
from nuages_runtime.server.kinds import classes

_TARGET = "NUAGES_TARGET"
# SIGTERM has uWSGI start its workers anew, and end at once with die-on-term; the hook has it let
# requests end first (https://uwsgi-docs.readthedocs.io/en/latest/Hooks.html).
ENDS_IN_ORDER = (
    *("--die-on-term", "--hook-master-start"),
    "unix_signal:15 gracefully_kill_them_all",
)
_MODULE = "nuages_runtime.server.kinds.uwsgi_app:application"


def uwsgi_command(target, place):
    """The argument vector in `place` (`server.place`); `target` (`MODULE:CALLABLE`, empty:
    Django's own for the settings) reaches the app by the environment."""
    os.environ[_TARGET] = target
    host, port = place.port_of()
    prefix = os.environ.get("VIRTUAL_ENV")
    argv = [
        *(classes.uwsgi_program(), "--http-socket", "{}:{}".format(host, port)),
        *("--module", _MODULE, "--master", "--need-app", "--enable-threads"),
        *("--processes", _number("WEB_CONCURRENCY"), "--threads", _number("NUAGES_THREADS")),
        *ENDS_IN_ORDER,
        *("--worker-reload-mercy", str(listening.grace()), "--buffer-size", "16384"),
        *("--http-keepalive", "--vacuum", "--auto-procname"),
    ]
    argv += ["--virtualenv", prefix] if prefix and os.path.isdir(prefix) else []
    return argv if place.access_log else [*argv, "--disable-logging"]


def target():
    """What `uwsgi_command` was asked to serve."""
    return os.environ.pop(_TARGET, "")


def _number(name):
    text = os.environ.get(name, "")
    return str(max(1, int(text))) if text.isdigit() else "1"
