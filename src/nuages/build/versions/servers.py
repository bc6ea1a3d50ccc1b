"""Which server a container without a platform runs an app with. Pure."""

from __future__ import annotations

from collections.abc import Collection

_UWSGI = ("uwsgi", "pyuwsgi")


def server_class(interface: str, names: Collection[str]) -> str:
    """uvicorn for ASGI; else what the project brings along: gevent's workers, or uWSGI where there
    is no gunicorn beside it; else gunicorn's threads. `names` are the distributions declared."""
    if interface == "asgi":
        return "uvicorn"
    if "gunicorn" not in names and any(name in names for name in _UWSGI):
        return "uwsgi"
    return "gevent" if "gevent" in names else "gthread"
