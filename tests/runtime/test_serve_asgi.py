"""ASGI: real uvicorn workers on an inherited socket, WebSockets among them."""

from __future__ import annotations

import json
import signal
import time

import pytest

from tests.runtime.conftest import Make
from tests.runtime.instance import HOST, Instance, answer, seconds_of
from tests.runtime.projects import Project
from tests.runtime.websocket import WebSocket

TARGET = ("asgi", "mysite.asgi:application")

ECHO = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
from django.core.asgi import get_asgi_application
django_application = get_asgi_application()
begun = []

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        begun.append(True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan over", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            said = "%s %s %s" % (message.get("text"), scope["client"][0], scope["scheme"])
            await send({"type": "websocket.send", "text": said})
    else:
        assert begun
        await django_application(scope, receive, send)
"""


MODELS_FIRST = """
from django.core.asgi import get_asgi_application
from polls.models import Question

application = get_asgi_application()
"""


DOUBLE = """
from django.core.handlers.asgi import ASGIHandler

django_application = None

class application:
    def __init__(self, scope):
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        self.scope = scope
        global django_application
        django_application = django_application or ASGIHandler()

    async def __call__(self, receive, send):
        await django_application(self.scope, receive, send)
"""


@pytest.fixture(params=["4.2", "5.2"])
def site(request: pytest.FixtureRequest, make_project: Make) -> Project:
    """A migrated polls site on an older and a newer uvicorn."""
    project = make_project(request.param)
    project.migrate()
    return project


def dial(instance: Instance) -> WebSocket:
    """A WebSocket as the proxy would open it."""
    headers = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
    return WebSocket(instance.connect(), HOST, headers)


def test_plain_django_is_ready_only_behind_the_gate_and_answers(site: Project) -> None:
    with Instance(site, *TARGET, workers=2) as instance:
        assert instance.said(timeout=1.5) == ""
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")
        _, body = instance.get("/who", "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n")
        assert json.loads(body) == {"address": "192.0.2.7", "scheme": "http"}


def test_an_app_is_served_that_needs_django_loaded_before_it(site: Project) -> None:
    """What daphne's `runserver` lets pass, as Channels' routing.py does by design."""
    site.write("mysite/asgi.py", MODELS_FIRST)
    with Instance(site, *TARGET) as instance:
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")


@pytest.mark.parametrize("words", [TARGET, ("command", "--", "uvicorn", "mysite.asgi")])
def test_an_app_of_asgi_2_is_served(site: Project, words: tuple[str, ...]) -> None:
    """One that does not load Django's apps either, as Channels' routers do not."""
    site.write("mysite/asgi.py", DOUBLE)
    with Instance(site, *words) as instance:
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")


def test_a_websocket_passes_with_the_visitors_address_and_scheme(site: Project) -> None:
    site.write("mysite/asgi.py", ECHO)
    with Instance(site, *TARGET) as instance:
        instance.ready()
        assert instance.get("/")[0] == 200
        with dial(instance) as socket:
            socket.say("hello")
            assert socket.hear() == "hello 192.0.2.7 wss"


def test_sigterm_lets_requests_end_and_websockets_live_until_they_are_done(site: Project) -> None:
    site.write("mysite/asgi.py", ECHO)
    with Instance(site, *TARGET, workers=2) as instance:
        instance.ready()
        with dial(instance) as socket:
            request = instance.send("/slow?seconds=1")
            socket.say("before")
            assert str(socket.hear()).startswith("before")
            instance.process.send_signal(signal.SIGTERM)
            assert answer(request) == (200, "slow, but there")
            socket.say("after")
            assert str(socket.hear()).startswith("after")
        assert instance.process.wait(20) == 0
        assert "lifespan over" in instance.log.read_text()


def test_a_websocket_is_closed_with_1012_when_the_time_is_over(site: Project) -> None:
    site.write("mysite/asgi.py", ECHO)
    site.variables["NUAGES_GRACE"] = "2"
    with Instance(site, *TARGET) as instance:
        instance.ready()
        with dial(instance) as socket:
            started = time.monotonic()
            instance.process.send_signal(signal.SIGTERM)
            assert socket.hear() == 1012
            assert seconds_of(started) > 1
        assert instance.process.wait(20) == 0


def test_a_worker_that_is_replaced_does_not_wait_for_websockets(site: Project) -> None:
    site.write("mysite/asgi.py", ECHO)
    command = ("gunicorn", "mysite.asgi:application", "-k", "uvicorn.workers.UvicornWorker")
    with Instance(site, "command", "--", *command, "--max-requests", "2") as instance:
        instance.ready()
        with dial(instance) as socket:
            socket.say("hello")
            assert str(socket.hear()).startswith("hello")
            started = time.monotonic()
            assert [instance.get("/")[0] for _ in range(4)] == [200] * 4
            assert socket.hear() == 1012
            assert seconds_of(started) < 15


STREAM = ECHO.replace(
    "        assert begun\n",
    """        assert begun
        if scope["path"] == "/events":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                while True:
                    await send({"type": "http.response.body", "body": b"tick", "more_body": True})
                    await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                print("cancelled", flush=True)
                raise
""",
).replace("import os\n", "import asyncio, os\n", 1)


def test_an_answer_without_an_end_is_cancelled_before_the_time_is_over(site: Project) -> None:
    site.write("mysite/asgi.py", STREAM)
    site.variables["NUAGES_GRACE"] = "3"
    with Instance(site, *TARGET) as instance:
        instance.ready()
        with instance.send("/events") as connection:
            assert connection.recv(1000)
            assert instance.terminate() == 0
    log = instance.log.read_text()
    assert "cancelled" in log
    assert "lifespan over" in log


def test_an_answer_without_an_end_is_enough_to_be_ready(site: Project) -> None:
    site.write("mysite/asgi.py", STREAM)
    with Instance(site, *TARGET, path="/events") as instance:
        assert instance.ready().get("/")[0] == 200


def test_an_app_that_says_nothing_is_a_failure(site: Project) -> None:
    site.write("mysite/asgi.py", "async def application(scope, receive, send):\n    pass\n")
    with Instance(site, *TARGET) as instance:
        instance.open_gate()
        assert "ended without an answer" in instance.said()


def test_the_apps_own_address_has_a_port(site: Project) -> None:
    site.write(
        "polls/views.py",
        """
        from django.http import JsonResponse
        def who(request):
            return JsonResponse([request.META["SERVER_NAME"], request.get_port()], safe=False)
        index = slow = who
        """,
    )
    with Instance(site, *TARGET) as instance:
        assert json.loads(instance.ready().get("/who")[1]) == [HOST, "80"]


def test_sigterm_before_the_gate_is_open_ends_it(site: Project) -> None:
    with Instance(site, *TARGET) as instance:
        assert instance.said(timeout=1.5) == ""
        assert instance.terminate() == 0


def test_a_view_that_fails_is_a_failure_with_its_last_line(site: Project) -> None:
    site.write("polls/views.py", "def index(request): 1/0\nwho = slow = index\n")
    with Instance(site, *TARGET) as instance:
        instance.open_gate()
        assert instance.said().endswith("ZeroDivisionError: division by zero\n")
        assert instance.process.wait(20) == 3


def test_a_lifespan_that_fails_is_a_failure(site: Project) -> None:
    site.write("mysite/asgi.py", ECHO.replace("begun.append(True)", "raise SystemError('none')"))
    with Instance(site, *TARGET) as instance:
        instance.open_gate()
        said = instance.said()
        assert said.startswith("failed ")
        assert instance.process.wait(20) == 3
