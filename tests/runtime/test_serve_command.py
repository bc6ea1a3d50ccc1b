"""A project's own web command: gunicorn and uvicorn in process, anything else behind a port."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.runtime.conftest import Make
from tests.runtime.instance import Instance, answer, free_port, seconds_of
from tests.runtime.projects import VIEWS, Project

RUNSERVER = ("python", "manage.py", "runserver", "--noreload")


@pytest.fixture
def site(polls: Project) -> Project:
    """A migrated polls site, and a port of its own for commands that need one."""
    polls.migrate()
    polls.variables["PORT"] = str(free_port())
    return polls


@pytest.mark.parametrize(
    "command",
    [
        ("gunicorn", "mysite.wsgi", "--bind", ":8000", "--workers", "2"),
        ("python", "-m", "gunicorn", "mysite.wsgi:application", "--threads", "4"),
        ("gunicorn", "mysite.wsgi", "--preload", "-k", "gthread", "--reuse-port"),
        ("gunicorn", "mysite.wsgi", "-k", "gevent", "--workers", "2"),
        ("gunicorn", "mysite.asgi:application", "-k", "uvicorn.workers.UvicornWorker"),
        ("uvicorn", "mysite.asgi:application", "--host", "127.0.0.1", "--port", "8000"),
        ("uvicorn", "mysite.asgi:application", "--workers", "2", "--lifespan", "off"),
    ],
    ids=" ".join,
)
def test_gunicorn_and_uvicorn_serve_on_the_inherited_socket(
    site: Project, command: tuple[str, ...]
) -> None:
    with Instance(site, "command", "--", *command) as instance:
        assert instance.said(timeout=1) == ""
        assert instance.ready().get("/") == (200, "questions: 0")
        requests = [instance.send("/") for _ in range(20)]
        assert [answer(request) for request in requests] == [(200, "questions: 0")] * 20
        request = instance.send("/slow?seconds=1")
        assert instance.get("/who", "X-Forwarded-For: 192.0.2.7\r\n")[1].count("192.0.2.7") == 1
        assert instance.terminate() == 0
        assert answer(request)[0] == 200
        assert instance.path.exists()


def test_a_gunicorn_configuration_file_keeps_its_hooks(site: Project) -> None:
    site.write(
        "gunicorn.conf.py",
        """
        workers = 3
        def post_fork(server, worker):
            print("forked by the project", flush=True)
        def post_worker_init(worker):
            print("loaded by the project", flush=True)
        """,
    )
    with Instance(site, "command", "--", "gunicorn", "mysite.wsgi") as instance:
        instance.ready()
        assert len(instance.children()) == 3
        log = instance.log.read_text()
        assert "forked by the project" in log
        assert "loaded by the project" in log


def test_no_more_workers_are_started_than_there_is_memory_for(site: Project) -> None:
    site.write("gunicorn.conf.py", "workers = 17\n")
    with Instance(site, "command", "--", "gunicorn", "mysite.wsgi", most=2) as instance:
        instance.ready()
        assert len(instance.children()) == 2
        assert "asks for 17 workers, and an instance has memory for 2" in instance.log.read_text()


def test_the_projects_own_path_is_looked_at(site: Project) -> None:
    site.write("lib/elsewhere.py", "from mysite.wsgi import application\n")
    command = ("gunicorn", "elsewhere", "--pythonpath", "lib,other")
    with Instance(site, "command", "--", *command) as instance:
        assert instance.ready().get("/")[0] == 200


def test_variables_from_the_projects_own_file_are_there_when_the_app_is_loaded(
    site: Project,
) -> None:
    site.write("live.env", "GREETING=hello\n")
    site.add_settings("import os\nGREETING = os.environ['GREETING']")
    command = ("uvicorn", "mysite.asgi:application", "--env-file", "live.env")
    with Instance(site, "command", "--", *command) as instance:
        assert instance.ready().get("/")[0] == 200


@pytest.mark.parametrize("kind", ["5.2", "5.2-old-gunicorn"])
def test_a_replacement_that_cannot_load_leaves_the_others_alone(
    make_project: Make, kind: str
) -> None:
    site = make_project(kind)
    site.migrate()
    command = ("gunicorn", "mysite.wsgi", "--workers", "2")
    with Instance(site, "command", "--", *command) as instance:
        instance.ready()
        instance.wait_for_children(2)
        text = site.settings.read_text()
        site.add_settings("raise RuntimeError('no longer')")
        started = time.monotonic()
        os.kill(instance.children()[0], signal.SIGKILL)
        instance.wait_for_log("RuntimeError: no longer", times=2)
        assert seconds_of(started) > 2
        assert instance.get("/") == (200, "questions: 0")
        site.settings.write_text(text)
        instance.wait_for_children(2)
        assert instance.terminate() == 0


def test_the_last_worker_that_cannot_be_replaced_ends_the_instance(site: Project) -> None:
    with Instance(site, "command", "--", "gunicorn", "mysite.wsgi") as instance:
        instance.ready()
        site.add_settings("raise RuntimeError('no longer')")
        os.kill(instance.children()[0], signal.SIGKILL)
        assert instance.process.wait(30) == 3


def test_a_server_that_knows_only_ports_gets_a_forwarder(site: Project) -> None:
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address) as instance:
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")
        assert [answer(r)[0] for r in [instance.send("/who") for _ in range(20)]] == [200] * 20


def test_a_server_with_a_port_of_its_own_is_found(site: Project) -> None:
    with Instance(site, "command", "--", *RUNSERVER, f"127.0.0.1:{free_port()}") as instance:
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")


def test_without_the_hook_in_site_packages_no_other_server_is_started(site: Project) -> None:
    site.write(
        "sitecustomize.py",
        """
        import sys
        sys.meta_path[:] = [finder for finder in sys.meta_path if "AfterImport" not in repr(finder)]
        """,
    )
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address) as instance:
        assert "not part of this Python" in instance.said()
        assert instance.process.wait(20) == 3


def test_behind_a_forwarder_sigterm_lets_a_request_end(site: Project) -> None:
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address) as instance:
        instance.ready()
        request = instance.send("/slow?seconds=1")
        assert instance.get("/who")[0] == 200
        assert instance.terminate() == 0
        assert answer(request) == (200, "slow, but there")
        assert instance.path.exists()


def test_a_broken_answer_behind_a_forwarder_is_a_failure(site: Project) -> None:
    site.write("polls/views.py", "def index(request): 1/0\nwho = slow = index\n")
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address) as instance:
        instance.open_gate()
        assert instance.said() == "failed GET / for polls.localhost answered 500\n"
        assert instance.process.wait(20) == 3


def test_a_site_behind_a_forwarder_may_have_its_first_page_elsewhere(site: Project) -> None:
    site.write("polls/views.py", "def gone(request, exception): 1/0\n" + VIEWS)
    site.write("mysite/urls.py", """
        from django.urls import path
        from polls import views
        handler404 = views.gone
        urlpatterns = [path("polls/", views.who)]
    """)  # fmt: skip
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address, path="") as instance:
        instance.ready()
        assert "another address answers well" in instance.log.read_text()


def test_a_command_that_ends_before_it_is_ready_is_a_failure_with_its_code(site: Project) -> None:
    with Instance(site, "command", "--", "sh", "-c", "exit 7") as instance:
        assert instance.said() == "failed the command ended with exit code 7\n"
        assert instance.process.wait(20) == 7


def test_a_command_that_dies_later_takes_the_instance_with_it(site: Project) -> None:
    address = f"127.0.0.1:{site.variables['PORT']}"
    with Instance(site, "command", "--", *RUNSERVER, address) as instance:
        instance.ready()
        os.kill(instance.children()[0], signal.SIGKILL)
        assert instance.process.wait(20) == 128 + signal.SIGKILL


def test_a_program_that_is_not_there_is_named(site: Project) -> None:
    with Instance(site, "command", "--", "no-such-server") as instance:
        assert instance.said() == "failed no-such-server: No such file or directory\n"
        assert instance.process.wait(20) == 127


def test_a_command_that_never_listens_can_be_told_to_end(site: Project) -> None:
    with Instance(site, "command", "--", "sleep", "600") as instance:
        instance.open_gate()
        assert instance.said(timeout=0.5) == ""
        started = time.monotonic()
        assert instance.terminate() == 0
        assert seconds_of(started) < 5


@pytest.mark.parametrize("name", ["sync", "gthread", "gevent", "uvicorn", "uwsgi"])
def test_the_class_of_server_can_be_chosen(site: Project, name: str) -> None:
    site.variables["NUAGES_SERVER_CLASS"] = name
    with Instance(site, "wsgi", "mysite.wsgi:application") as instance:
        assert instance.ready().get("/") == (200, "questions: 0")
        request = instance.send("/slow?seconds=1")
        assert instance.get("/who", "X-Forwarded-For: 192.0.2.7\r\n")[1].count("192.0.2.7") == 1
        assert instance.terminate() == 0
        assert answer(request)[0] == 200


def test_the_class_of_server_counts_for_a_gunicorn_command(site: Project) -> None:
    site.variables["NUAGES_SERVER_CLASS"] = "gthread"
    command = ("gunicorn", "mysite.wsgi", "-k", "no.such.Worker", "--threads", "2")
    with Instance(site, "command", "--", *command) as instance:
        assert instance.ready().get("/") == (200, "questions: 0")


def test_the_class_of_server_says_nothing_to_other_commands(site: Project) -> None:
    site.variables["NUAGES_SERVER_CLASS"] = "gevent"
    with Instance(site, "command", "--", "uvicorn", "mysite.asgi:application") as instance:
        instance.ready()
        assert "'gevent' says nothing to the command 'uvicorn" in instance.log.read_text()


def test_a_class_of_server_that_there_is_not_is_a_failure(site: Project) -> None:
    site.variables["NUAGES_SERVER_CLASS"] = "waitress"
    with Instance(site, "wsgi", "mysite.wsgi:application") as instance:
        assert instance.said().startswith("failed there is no server class 'waitress'")
        assert instance.process.wait(20) == 2
