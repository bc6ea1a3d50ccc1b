"""The server that an app is run with where no platform is around."""

from __future__ import annotations

import pytest

from nuages.build.versions.servers import server_class
from nuages_runtime.server.kinds.classes import NAMES


@pytest.mark.parametrize(
    ("interface", "names", "server"),
    [
        ("wsgi", {"django"}, "gthread"),
        ("wsgi", {"django", "gunicorn"}, "gthread"),
        ("wsgi", {"django", "gevent"}, "gevent"),
        ("wsgi", {"django", "gunicorn", "gevent"}, "gevent"),
        ("wsgi", {"django", "uwsgi"}, "uwsgi"),
        ("wsgi", {"django", "pyuwsgi", "gevent"}, "uwsgi"),
        ("wsgi", {"django", "uwsgi", "gunicorn"}, "gthread"),
        ("asgi", {"django", "gevent", "uwsgi"}, "uvicorn"),
    ],
)
def test_the_project_brings_its_server(interface: str, names: set[str], server: str) -> None:
    assert server_class(interface, names) == server
    assert server in NAMES
