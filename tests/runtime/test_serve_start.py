"""SIGTERM while an instance starts: it ends at once, wherever the project's code is."""

from __future__ import annotations

import time

import pytest

from tests.runtime.instance import Instance, seconds_of
from tests.runtime.projects import Project

WSGI = ("wsgi", "mysite.wsgi:application")
ASGI = ("asgi", "mysite.asgi:application")
GUNICORN = ("command", "--", "gunicorn", "mysite.wsgi")
UVICORN = (*GUNICORN[:3], "mysite.asgi:application", "-k", "uvicorn.workers.UvicornWorker")
TOLD = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGTERM)
    print("asked", flush=True)
    lived_on = True
except:
    pass
print("lived on", flush=True)
"""


@pytest.fixture
def site(polls: Project) -> Project:
    """The polls site with its tables."""
    polls.migrate()
    return polls


def ends_at_once(instance: Instance) -> bool:
    """Whether it ends long before the grace period is over."""
    started = time.monotonic()
    assert instance.terminate() == 0, instance.log.read_text()
    return seconds_of(started) < 5


@pytest.mark.parametrize("command", [GUNICORN, UVICORN], ids=["wsgi", "asgi"])
def test_a_worker_hears_what_it_is_told_right_after_the_fork(
    site: Project, command: tuple[str, ...]
) -> None:
    site.write(
        "gunicorn.conf.py",
        """
        import os, signal
        os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))

        def post_worker_init(worker):
            print("lived on", flush=True)
        """,
    )
    with Instance(site, *command) as instance:
        assert "died while it started" in instance.said()
        assert ends_at_once(instance)
        assert "lived on" not in instance.log.read_text()


@pytest.mark.parametrize("arguments", [WSGI, ASGI], ids=["wsgi", "asgi"])
def test_code_that_catches_everything_does_not_keep_the_first_process(
    site: Project, arguments: tuple[str, ...]
) -> None:
    site.write("polls/views.py", TOLD)
    with Instance(site, *arguments) as instance:
        assert instance.process.wait(30) == 0
        assert "lived on" not in instance.log.read_text()


@pytest.mark.parametrize("command", [GUNICORN, UVICORN], ids=["wsgi", "asgi"])
def test_code_that_catches_everything_does_not_keep_a_worker(
    site: Project, command: tuple[str, ...]
) -> None:
    site.add_settings(TOLD)
    with Instance(site, *command) as instance:
        assert "died while it started" in instance.said()
        assert ends_at_once(instance)
        assert "lived on" not in instance.log.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_lifespan_that_hangs_does_not_keep_it(site: Project, workers: int) -> None:
    site.write(
        "mysite/asgi.py",
        """
        import asyncio
        async def application(scope, receive, send):
            if scope["type"] == "lifespan":
                print("asked", flush=True)
                await asyncio.Event().wait()
        """,
    )
    with Instance(site, *ASGI, workers=workers) as instance:
        instance.wait_for_log("asked", times=workers)
        assert ends_at_once(instance)


@pytest.mark.parametrize(
    "arguments", [WSGI, ASGI, GUNICORN, (*GUNICORN, "-k", "gevent")], ids=" ".join
)
def test_a_view_that_hangs_when_it_is_asked_first_does_not_keep_it(
    site: Project, arguments: tuple[str, ...]
) -> None:
    site.write(
        "polls/views.py",
        """
        import threading
        def index(request):
            print("asked", flush=True)
            threading.Event().wait()
        who = slow = index
        """,
    )
    with Instance(site, *arguments) as instance:
        instance.open_gate()
        instance.wait_for_log("asked")
        assert ends_at_once(instance)
