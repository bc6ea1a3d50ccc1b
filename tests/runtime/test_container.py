"""An image's process types with no platform around."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.runtime.conftest import Make
from tests.runtime.container import Container
from tests.runtime.instance import PATIENCE, answer, free_port
from tests.runtime.projects import Project

ASGI = {"interface": "asgi", "application": "mysite.asgi:application"}


@pytest.fixture
def site(polls: Project) -> Project:
    """A migrated polls site."""
    polls.migrate()
    return polls


@pytest.mark.parametrize(
    ("image", "arguments"),
    [
        ({}, ()),
        ({}, ("sync",)),
        ({}, ("gthread",)),
        ({}, ("gevent",)),
        ({"server": "gevent"}, ()),
        ({}, ("uvicorn",)),
        ({}, ("uwsgi",)),
        ({"server": "uwsgi"}, ()),
        (ASGI, ()),
        (ASGI, ("gthread",)),
        (ASGI, ("uwsgi",)),
        ({"processes": [["web", "gunicorn mysite.wsgi --bind :1 -k gthread --threads 3"]]}, ()),
        ({"processes": [["web", "gunicorn mysite.wsgi"]]}, ("gevent",)),
        ({"processes": [["web", "uvicorn mysite.asgi:application --port 1"]]}, ()),
    ],
    ids=str,
)
def test_pages_are_served_on_the_port_and_sigterm_lets_a_request_end(
    site: Project, image: dict[str, object], arguments: tuple[str, ...]
) -> None:
    with Container(site, **image).serve(*arguments) as container:
        assert container.get("/") == (200, "questions: 0")
        assert container.get("/", "Host: evil.example.org\r\n")[0] == 400
        slow = [container.send("/slow?seconds=1.5") for _ in range(2)]
        assert container.get("/")[0] == 200
        code = container.terminate()
        assert [answer(each) for each in slow] == [(200, "slow, but there")] * 2
        assert code == 0, container.log.read_text()


def test_a_command_that_only_knows_ports_gets_the_port_and_signals(site: Project) -> None:
    command = "python manage.py runserver --noreload 127.0.0.1:$PORT"
    with Container(site, processes=[["web", command]]).serve() as container:
        assert container.get("/") == (200, "questions: 0")
        assert container.terminate() == 0


def test_the_projects_own_uwsgi_lets_requests_end_too(site: Project) -> None:
    site.write("uwsgi.ini", "[uwsgi]\nmodule = mysite.wsgi\nhttp-socket = 127.0.0.1:$(PORT)\n"
               "master = true\nprocesses = 2\n")  # fmt: skip
    with Container(site, processes=[["web", "uwsgi uwsgi.ini"]]).serve() as container:
        assert container.get("/") == (200, "questions: 0")
        slow = container.send("/slow?seconds=1.5")
        assert container.get("/")[0] == 200
        assert container.terminate() == 0, container.log.read_text()
        assert answer(slow) == (200, "slow, but there")


def test_old_pythons_and_djangos_are_served_too(any_polls: Project) -> None:
    any_polls.migrate()
    with Container(any_polls).serve() as container:
        assert container.get("/") == (200, "questions: 0")
        assert container.terminate() == 0


def test_the_class_of_server_may_come_from_a_variable(site: Project) -> None:
    site.variables["NUAGES_SERVER_CLASS"] = "uvicorn"
    site.add_settings("import sys\nprint('loaded for', sys.argv)")
    with Container(site).serve() as container:
        assert container.get("/")[0] == 200
        assert "loaded for ['gunicorn', 'asgi']" in container.log.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("web", "waitress"), "no server class 'waitress'; there are gthread, sync, gevent"),
        (("web", "uvicorn"), "'uvicorn' needs the package uvicorn, which is not installed"),
        (("web", "sync", "4"), "web takes one argument"),
        (("worker",), "no process type 'worker'; there are web, release"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    make_project: Make, arguments: tuple[str, ...], words: str
) -> None:
    done = Container(make_project("newest")).run(*arguments)
    assert done.returncode == 2
    assert words in done.stdout
    assert "Traceback" not in done.stdout


def test_a_port_that_is_none_is_one_line(site: Project) -> None:
    site.variables["PORT"] = "http"
    done = Container(site).run()
    assert (done.returncode, done.stdout) == (
        2, "nuages: PORT is 'http', and has to be a number from 1 to 65535\n",
    )  # fmt: skip


def test_an_image_without_its_document_is_one_line(site: Project) -> None:
    container = Container(site)
    container.env["NUAGES_IMAGE"] = "/no/image.json"
    done = container.run()
    assert done.returncode == 2
    assert "/no/image.json cannot be read: No such file or directory" in done.stdout
    assert "Traceback" not in done.stdout


def test_requests_keep_their_connection(site: Project) -> None:
    with Container(site).serve() as container:
        ask = b"GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection(("127.0.0.1", container.port), timeout=20) as kept:
            for _ in range(3):
                kept.sendall(ask)
                assert kept.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("interface", [{}, ASGI], ids=["wsgi", "asgi"])
def test_a_proxys_word_is_believed_of_the_proxy_alone(
    site: Project, interface: dict[str, object]
) -> None:
    site.variables.update(NUAGES_URL="https://polls.example.org", SECURE_SSL_REDIRECT="False")
    forwarded = (
        "Host: polls.example.org\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
    )
    with Container(site, **interface).serve() as container:
        seen = json.loads(container.get("/who", forwarded)[1])
        assert seen == {"address": "192.0.2.7", "scheme": "https"}
        assert "FORWARDED_ALLOW_IPS" in container.log.read_text()


def test_manage_commands_have_the_overlay_and_the_variables(site: Project) -> None:
    site.add_settings("import os\nMINE = os.environ['SITE_KEY']")
    container = Container(site, fills=[["SITE_KEY", "SECRET_KEY"]])
    code = (
        "from django.conf import settings as s; "
        "print(s.DEBUG, s.SECRET_KEY == s.MINE, s.ALLOWED_HOSTS[:2], "
        "s.DATABASES['default']['NAME'])"
    )
    done = container.python("manage.py", "shell", "-c", code)
    assert done.stdout.splitlines()[-1] == (
        f"False True ['localhost', '127.0.0.1'] {site.database}"
    )
    again = container.python("-c", "import django; django.setup(); " + code)
    assert again.stdout == done.stdout.splitlines()[-1] + "\n"


def test_a_release_migrates_and_runs_the_projects_own_commands(polls: Project) -> None:
    commands = ["python manage.py migrate --noinput", "python -c \"print('own', 'command')\""]
    container = Container(polls, release_commands=commands)
    with container.serve():
        container.wait_for_log("migrations are not applied")
        container.wait_for_log("nuages_runtime.container release")
        with container.send("/") as asked:
            assert asked.recv(65536).startswith(b"HTTP/1.1 500")
        done = container.run("release")
        assert done.returncode == 0, done.stdout
        assert done.stdout.count("own command") == 1
        assert done.stdout.count("Applying polls.0001_initial") == 1
        assert container.get("/") == (200, "questions: 0")


def test_a_release_that_fails_says_where_and_goes_no_further(polls: Project) -> None:
    polls.write(
        "polls/migrations/0002_bad.py",
        """
        from django.db import migrations
        def fail(apps, schema_editor): raise ValueError("no votes")
        class Migration(migrations.Migration):
            dependencies = [("polls", "0001_initial")]
            operations = [migrations.RunPython(fail)]
        """,
    )
    done = Container(polls, release_commands=["echo later"]).run("release")
    assert done.returncode == 1
    assert "the release failed: migrate: ValueError: no votes" in done.stdout
    assert "later" not in done.stdout.splitlines()


def test_a_release_command_that_fails_is_named(polls: Project) -> None:
    done = Container(polls, release_commands=["sh -c 'exit 7'", "echo later"]).run("release")
    assert done.returncode == 7
    assert "the release command 'sh -c exit 7' ended with exit code 7" in done.stdout
    assert "later" not in done.stdout.splitlines()


def test_health_is_asked_for_with_the_right_host(site: Project) -> None:
    site.variables["DOMAIN"] = "https://polls.example.org"
    container = Container(site)
    done = container.run("health")
    assert done.returncode == 1
    assert "Connection refused" in done.stdout
    with container.serve():
        done = container.run("health")
        assert (done.returncode, done.stdout) == (0, "healthy\n")
        site.write("polls/views.py", "def index(request): 1/0\nwho = slow = index\n")
    with Container(site).serve() as broken:
        done = broken.run("health")
        assert done.returncode == 1
        assert "answered 500" in done.stdout


def test_a_worker_gets_signals_and_arguments(site: Project) -> None:
    site.write(
        "work.py",
        """
        import signal, sys, time
        def end(*_):
            print("ended by itself", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("works on", sys.argv[1:], flush=True)
        time.sleep(600)
        """,
    )
    container = Container(site, processes=[["worker", "python work.py --queue ${QUEUE:-all}"]])
    with container.begin("worker", "-v"):
        container.wait_for_log("works on ['--queue', 'all', '-v']")
        assert container.terminate() == 0
        assert "ended by itself" in container.log.read_text()


def test_a_worker_that_is_not_there_is_named(site: Project) -> None:
    done = Container(site, processes=[["worker", "no-such-program"]]).run("worker")
    assert done.returncode == 127
    assert "cannot start no-such-program: No such file or directory" in done.stdout


def test_a_shell_that_is_not_there_is_explained(site: Project) -> None:
    site.variables["PATH"] = "/nowhere"
    done = Container(site, processes=[["worker", "bash work.sh"]]).run("worker")
    assert done.returncode == 127
    assert "this image's base has no shell, others have: nuages build --base" in done.stdout


def test_a_worker_that_dies_hands_on_its_exit_code(site: Project) -> None:
    done = Container(site, processes=[["worker", "sh -c 'kill -9 $$'"]]).run("worker")
    assert done.returncode == 137


@pytest.mark.parametrize("interface", [{}, ASGI, {"server": "uwsgi"}], ids=str)
def test_requests_are_logged_only_when_asked_for(
    site: Project, interface: dict[str, object]
) -> None:
    with Container(site, **interface).serve() as container:
        container.get("/who?quiet")
        container.terminate()
        assert "/who?quiet" not in container.log.read_text()
    site.variables["NUAGES_ACCESS_LOG"] = "1"
    with Container(site, **interface).serve() as container:
        container.get("/who?loud")
        container.wait_for_log("/who?loud")


def test_an_app_that_cannot_be_shared_is_loaded_by_each_worker(site: Project) -> None:
    site.add_settings(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    )
    with Container(site).serve() as container:
        assert container.get("/") == (200, "questions: 0")
        assert "each worker process loads it by itself" in container.log.read_text()
        assert container.terminate() == 0


@pytest.mark.parametrize("way", [{}, ASGI], ids=["wsgi", "asgi"])
def test_an_exporter_of_metrics_runs_beside_and_ends_with_the_app(
    site: Project, way: dict[str, object]
) -> None:
    metrics = free_port()
    del (container := Container(site, **way)).env["NUAGES_STATSD"]
    container.env["NUAGES_STATSD_BIND"] = f"127.0.0.1:{free_port()}"
    container.env["NUAGES_METRICS_BIND"] = f"127.0.0.1:{metrics}"
    with container.serve():
        # Sent by the app once for each request, and nobody says when it has arrived.
        for _ in range(50):
            assert container.get("/")[0] == 200
            text = _fetch(metrics)
            if "django_requests" in text:
                break
        assert "django_requests" in text
        assert container.terminate() == 0
    # It is told to end, and nobody waits for it.
    deadline = time.monotonic() + PATIENCE
    while _is_open(metrics):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_open(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def _fetch(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return answer(connection)[1]
