"""Workers are forked from a process that has loaded the app, where it can be shared."""

from __future__ import annotations

import subprocess

import pytest

from tests.runtime.instance import Instance
from tests.runtime.projects import Project

TARGET = ("wsgi", "mysite.wsgi:application")
LOADED = "models are loaded"
UNSHAREABLE = {
    "a thread (ticker)": """
        import threading
        threading.Thread(target=threading.Event().wait, name="ticker", daemon=True).start()
        """,
    "socket:": "import socket\nqueue = socket.socket()",
    "pipe:": "import os\nends = os.pipe()",
    "anon_inode:": "import select\npoller = select.epoll()",
    "the database ": """
        import os, sqlite3, tempfile
        other = sqlite3.connect(os.path.join(tempfile.mkdtemp(), "other.sqlite3"))
        other.execute("CREATE TABLE a (b)")
        other.commit()
        """,
}
SHAREABLE = {
    "a log file": "import os, tempfile\nlog = open(os.path.join(tempfile.mkdtemp(), 'log'), 'a')",
    "a device": "zero = open('/dev/zero', 'rb')",
    "a query": "from django.db import connection\nconnection.cursor().execute('SELECT 1')",
}


def load_with(project: Project, code: str) -> None:
    """Have `code` run when the app is loaded, and say in the log that it was."""
    project.write(
        "polls/apps.py",
        f"""
        from django.apps import AppConfig

        class PollsConfig(AppConfig):
            name = "polls"

            def ready(self):
                import polls.at_start
                print("{LOADED}", flush=True)
        """,
    )
    project.write("polls/at_start.py", code)
    project.edit_settings("'polls',", "'polls.apps.PollsConfig',")


@pytest.fixture
def migrated(polls: Project) -> Project:
    """The polls site with its tables."""
    polls.migrate()
    return polls


@pytest.mark.parametrize("name", SHAREABLE)
def test_the_app_is_loaded_once_for_all_workers(migrated: Project, name: str) -> None:
    load_with(migrated, SHAREABLE[name])
    with Instance(migrated, *TARGET, workers=3) as instance:
        assert instance.ready().get("/") == (200, "questions: 0")
        assert instance.log.read_text().count(LOADED) == 1
        assert len(instance.children()) == 3


@pytest.mark.parametrize("found", UNSHAREABLE)
def test_what_cannot_be_shared_makes_each_worker_load_the_app(
    migrated: Project, found: str
) -> None:
    load_with(migrated, UNSHAREABLE[found])
    with Instance(migrated, *TARGET, workers=2) as instance:
        assert instance.ready().get("/") == (200, "questions: 0")
        instance.wait_for_log(LOADED, times=3)
        assert f"loading the app left {found}" in instance.log.read_text()


def test_an_asgi_app_is_loaded_once_too(migrated: Project) -> None:
    load_with(migrated, "")
    with Instance(migrated, "asgi", "mysite.asgi:application", workers=2) as instance:
        assert instance.ready().get("/") == (200, "questions: 0")
        assert instance.log.read_text().count(LOADED) == 1


def release(project: Project, patience: int) -> subprocess.CompletedProcess[str]:
    """Migrate, and end as the release runner does."""
    code = (
        "from nuages_runtime.release import leave, main\n"
        f"leave(main({str(project.folder)!r}, {str(project.data)!r}), {patience})"
    )
    env = {**project.env(), "NUAGES_TASKS": '{"migrate": true}'}
    return project.environment.run("-c", code, cwd=project.folder, env=env)


def test_a_release_does_not_wait_for_ever_for_a_thread_of_the_projects(polls: Project) -> None:
    load_with(
        polls,
        """
        import threading
        threading.Thread(target=threading.Event().wait, name="ticker").start()
        """,
    )
    done = release(polls, patience=1)
    assert (done.returncode, "left while ticker still ran" in done.stdout) == (0, True)


def test_a_release_waits_for_what_a_thread_still_has_to_do(polls: Project) -> None:
    load_with(
        polls,
        """
        import threading
        def work():
            threading.main_thread().join()
            print("done")
        threading.Thread(target=work).start()
        """,
    )
    assert release(polls, patience=30).stdout.endswith("done\n")
