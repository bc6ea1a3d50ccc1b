"""Requests are measured by gunicorn, for WSGI and ASGI, and show in the StatsD exporter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.conftest import Make
from tests.runtime.exporter import Exporter
from tests.runtime.instance import Instance, free_port
from tests.runtime.projects import Project

WSGI = ("wsgi", "mysite.wsgi:application")
ASGI = ("asgi", "mysite.asgi:application")


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    """One that runs."""
    with Exporter() as exporter:
        yield exporter


def ask_and_look(project: Project, exporter: Exporter, *arguments: str) -> None:
    """Three requests to an instance, which have to be seen with their status and duration."""
    project.migrate()
    project.variables.update(exporter.variables)
    with Instance(project, *arguments, workers=2) as instance:
        instance.ready()
        assert [instance.get(path)[0] for path in ("/", "/none", "/")] == [200, 404, 200]
        exporter.wait_for("django_requests", 3)
        exporter.wait_for('django_response_code{status="404"}', 1)
        assert exporter.value('django_response_code{status="200"}') == 2
        assert exporter.value("django_request_duration_count") == 3
        assert 0 < exporter.value("django_request_duration_sum") < 3


@pytest.mark.parametrize("kind", ["1.11", "5.2", "5.2-old-gunicorn"])
def test_wsgi_requests_are_measured(make_project: Make, exporter: Exporter, kind: str) -> None:
    ask_and_look(make_project(kind), exporter, *WSGI)


@pytest.mark.parametrize("kind", ["4.2", "5.2"])
def test_asgi_requests_are_measured(make_project: Make, exporter: Exporter, kind: str) -> None:
    ask_and_look(make_project(kind), exporter, *ASGI)


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn mysite.wsgi -k gevent",
        "gunicorn mysite.asgi -k uvicorn.workers.UvicornWorker",
        "uvicorn mysite.asgi:application",
    ],
)
def test_a_command_of_the_projects_is_measured_too(
    polls: Project, exporter: Exporter, command: str
) -> None:
    ask_and_look(polls, exporter, "command", "--", *command.split())


def test_what_the_project_says_itself_of_statsd_stays(polls: Project) -> None:
    with Exporter() as own, Exporter() as ours:
        polls.migrate()
        polls.variables.update(ours.variables)
        words = f"gunicorn mysite.wsgi --statsd-host 127.0.0.1:{own.port} --statsd-prefix shop"
        with Instance(polls, "command", "--", *words.split()) as instance:
            instance.ready()
            assert instance.get("/")[0] == 200
            own.wait_for("shop_gunicorn_requests", 1)
        assert ours.value("statsd_exporter_lines_total") == 0


@pytest.mark.parametrize("target", [WSGI, ASGI])
def test_an_exporter_that_is_not_there_costs_no_request_and_no_word(
    polls: Project, target: tuple[str, str]
) -> None:
    polls.migrate()
    polls.variables.update(STATSD_HOST="127.0.0.1", STATSD_PORT=str(free_port()))
    with Instance(polls, *target) as instance:
        instance.ready()
        for _ in range(5):
            assert instance.get("/")[0] == 200
        assert "Traceback" not in instance.log.read_text()
        assert "statsd" not in instance.log.read_text().lower()


def test_a_port_that_is_none_is_said_and_the_usual_one_taken(polls: Project) -> None:
    polls.migrate()
    polls.variables.update(STATSD_HOST="127.0.0.1", STATSD_PORT="many")
    with Instance(polls, *WSGI) as instance:
        instance.ready()
        instance.wait_for_log("STATSD_PORT is 'many', which is no port; 9125 is used")
