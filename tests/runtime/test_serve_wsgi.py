"""The platform's own WSGI server: real gunicorn on an inherited socket."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.runtime.conftest import Make
from tests.runtime.instance import Instance, answer, seconds_of
from tests.runtime.projects import Project

TARGET = ("wsgi", "mysite.wsgi:application")


@pytest.fixture(params=["1.11", "5.2", "5.2-old-gunicorn"])
def served(request: pytest.FixtureRequest, make_project: Make) -> Project:
    """A migrated polls site, with the different gunicorns that go with different Pythons."""
    project = make_project(request.param)
    project.migrate()
    return project


@pytest.fixture
def migrated(polls: Project) -> Project:
    """The polls site with its tables."""
    polls.migrate()
    return polls


def test_an_instance_is_ready_only_behind_the_gate_and_answers(served: Project) -> None:
    with Instance(served, *TARGET, workers=2, threads=2) as instance:
        assert instance.said(timeout=1.5) == ""
        instance.ready()
        assert instance.get("/") == (200, "questions: 0")


def test_ready_is_said_once_whatever_the_number_of_workers(migrated: Project) -> None:
    with Instance(migrated, *TARGET, workers=3) as instance:
        instance.ready()
        for _ in range(6):
            assert instance.get("/")[0] == 200
        assert instance.said(timeout=0.3) == ""


def test_without_a_target_the_application_is_made_from_the_settings(migrated: Project) -> None:
    with Instance(migrated, "wsgi") as instance:
        assert instance.ready().get("/")[0] == 200


def test_the_gate_keeps_a_query_at_import_waiting(migrated: Project) -> None:
    migrated.write(
        "polls/apps.py",
        """
        from django.apps import AppConfig

        class PollsConfig(AppConfig):
            name = "polls"

            def ready(self):
                print("before the query", flush=True)
                self.get_model("Question").objects.count()
                print("after the query", flush=True)
        """,
    )
    migrated.edit_settings("'polls',", "'polls.apps.PollsConfig',")
    with Instance(migrated, *TARGET) as instance:
        instance.wait_for_log("before the query")
        assert instance.said(timeout=0.3) == ""
        assert "after the query" not in instance.log.read_text()
        instance.ready()


def test_a_release_that_is_given_up_ends_the_instance(migrated: Project) -> None:
    with Instance(migrated, *TARGET, workers=2) as instance:
        instance.close_gate()
        assert instance.process.wait(20) == 3, instance.log.read_text()
        assert "given up" in instance.log.read_text()


def test_sigterm_lets_a_request_end_and_the_socket_stay(served: Project) -> None:
    with Instance(served, *TARGET, workers=2) as instance:
        instance.ready()
        request = instance.send("/slow?seconds=1")
        _wait_until_taken(instance)
        assert instance.terminate() == 0
        assert answer(request) == (200, "slow, but there")
        assert instance.path.exists()


def test_sigterm_before_the_gate_is_open_ends_it(migrated: Project) -> None:
    with Instance(migrated, *TARGET) as instance:
        assert instance.said(timeout=1) == ""
        assert instance.terminate() == 0


def test_a_busy_worker_leaves_requests_to_an_idle_one(served: Project) -> None:
    with Instance(served, *TARGET, workers=2) as instance:
        instance.ready()
        slow = instance.send("/slow?seconds=2")
        _wait_until_taken(instance)
        started = time.monotonic()
        for _ in range(10):
            assert instance.get("/who")[0] == 200
        assert seconds_of(started) < 1.5
        assert answer(slow)[0] == 200


def test_a_full_instance_lets_requests_wait_and_loses_none(served: Project) -> None:
    with Instance(served, *TARGET, threads=2) as instance:
        instance.ready()
        requests = [instance.send("/slow?seconds=0.1") for _ in range(10)]
        assert [answer(request)[0] for request in requests] == [200] * 10


def test_a_connection_without_a_request_does_not_stop_the_instance(served: Project) -> None:
    with Instance(served, *TARGET, workers=2) as instance:
        instance.ready()
        with instance.connect():
            for _ in range(4):
                assert instance.get("/who")[0] == 200


def test_the_visitors_address_is_the_one_that_the_proxy_saw(served: Project) -> None:
    with Instance(served, *TARGET) as instance:
        instance.ready()
        _, body = instance.get("/who", "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n")
        assert json.loads(body) == {"address": "192.0.2.7", "scheme": "http"}


def test_a_body_that_comes_in_chunks_is_there(served: Project) -> None:
    served.write(
        "polls/views.py",
        """
        from django.http import HttpResponse
        from django.views.decorators.csrf import csrf_exempt
        @csrf_exempt
        def who(request):
            return HttpResponse("%s %s" % (request.META["CONTENT_LENGTH"], request.POST.get("a")))
        index = slow = who
        """,
    )
    with Instance(served, *TARGET, path="/no-such-page") as instance:
        connection = instance.ready().connect()
        connection.sendall(
            b"POST /who HTTP/1.1\r\nHost: polls.localhost\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n4\r\na=on\r\n3\r\ne+1\r\n0\r\n\r\n"
        )
        assert answer(connection) == (200, "7 one 1")


@pytest.mark.parametrize("bytes_of", [6000, 14000])
def test_long_addresses_and_headers_are_taken(served: Project, bytes_of: int) -> None:
    with Instance(served, *TARGET) as instance:
        instance.ready()
        address = "/who?a=" + "b" * min(bytes_of, 8000)
        assert instance.get(address, f"Cookie: a={'b' * bytes_of}\r\n")[0] == 200


def test_a_visitor_cannot_set_the_apps_prefix(migrated: Project) -> None:
    with Instance(migrated, *TARGET) as instance:
        assert instance.ready().get("/who", "Script-Name: /wh\r\nScript_Name: /wh\r\n")[0] == 200


def test_a_worker_that_dies_is_replaced(migrated: Project) -> None:
    with Instance(migrated, *TARGET) as instance:
        instance.ready()
        os.kill(instance.children()[0], signal.SIGKILL)
        assert instance.get("/") == (200, "questions: 0")


def test_tables_that_are_missing_are_a_failure_that_names_migrations(polls: Project) -> None:
    with Instance(polls, *TARGET, path="/who") as instance:
        instance.open_gate()
        said = instance.said()
        assert said.startswith("failed migrations are not applied")
        assert instance.process.wait(20) == 3


def test_tables_that_are_missing_in_a_second_database_are_a_failure(migrated: Project) -> None:
    migrated.add_settings(f"""
        import nuages_runtime.overlay.data
        nuages_runtime.overlay.data.VOLUME = {str(migrated.data)!r}
        DATABASES["votes"] = {{
            "ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "votes.sqlite3",
        }}
    """)
    with Instance(migrated, *TARGET, path="/who") as instance:
        instance.open_gate()
        assert instance.said().startswith("failed migrations are not applied")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("ALLOWED_HOSTS", ["other.example.com"], ["400", "DisallowedHost"]),
        ("SECURE_SSL_REDIRECT", True, ["SECURE_SSL_REDIRECT", "no https"]),
        ("ROOT_URLCONF", "no_such_urls", ["No module named 'no_such_urls'"]),
    ],
)
def test_settings_that_no_visitor_gets_past_are_a_failure(
    migrated: Project, setting: str, value: object, words: list[str]
) -> None:
    migrated.add_settings(f"{setting} = {value!r}")
    migrated.overlay["keep"] = [setting]
    with Instance(migrated, *TARGET, workers=2) as instance:
        instance.open_gate()
        said = instance.said()
        assert said.startswith("failed ")
        assert [word for word in words if word not in said] == []
        assert instance.process.wait(20) == 3


def test_a_view_that_fails_is_a_failure_with_its_last_line(migrated: Project) -> None:
    migrated.write("polls/views.py", "def index(request): 1/0\nwho = slow = index\n")
    with Instance(migrated, *TARGET) as instance:
        instance.open_gate()
        assert instance.said() == (
            "failed GET / for polls.localhost answered 500: ZeroDivisionError: division by zero\n"
        )
        assert instance.process.wait(20) == 3


@pytest.mark.parametrize("path", ["/no-such-page", "/admin/", "/admin/login/"])
def test_404_and_redirects_elsewhere_are_fine(migrated: Project, path: str) -> None:
    with Instance(migrated, *TARGET, path=path) as instance:
        instance.ready()


def test_an_app_that_cannot_be_imported_is_a_failure_with_its_last_line(polls: Project) -> None:
    polls.write("polls/models.py", "import no_such_package\n")
    with Instance(polls, *TARGET, workers=2) as instance:
        said = instance.said()
        assert said == "failed ModuleNotFoundError: No module named 'no_such_package'\n"
        assert instance.process.wait(20) != 0


def test_programs_that_the_app_starts_get_none_of_its_descriptors(migrated: Project) -> None:
    migrated.write(
        "polls/views.py",
        """
        import os, subprocess
        from django.http import HttpResponse
        def index(request):
            return HttpResponse(subprocess.check_output(
                ["sh", "-c", "ls /proc/self/fd; env | grep -c -E 'NUAGES_.*_FD|LISTEN_'; true"],
                close_fds=False))
        who = slow = index
        """,
    )
    with Instance(migrated, *TARGET) as instance:
        words = instance.ready().get("/")[1].split()
        assert words.pop() == "0"
        assert not {"4", "5"} & set(words[:-1])


def test_settings_are_loaded_for_a_server(migrated: Project) -> None:
    migrated.add_settings(f"import sys\nassert sys.argv == ['gunicorn', {TARGET[1]!r}]")
    with Instance(migrated, *TARGET) as instance:
        instance.ready()


def _wait_until_taken(instance: Instance) -> None:
    """Return when a worker sleeps in the slow view: its socket is no longer in the queue."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not instance.queue():
            return
        # The kernel tells nobody when a connection is accepted.
        time.sleep(0.01)
    raise AssertionError("no worker took the request")
