"""The release runner: checks, a plan, migrations, and failures that name what failed."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from tests.runtime.projects import Project
from tests.runtime.reports import run_reporting


def tables(project: Project) -> set[str]:
    with sqlite3.connect(project.database) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def test_migrations_are_planned_applied_and_reported(any_polls: Project) -> None:
    outcome = run_reporting(any_polls, "release", migrate=True, check=True)
    report = outcome.report
    assert (outcome.code, report["ok"], report["error"]) == (0, True, None)
    assert {"app": "polls", "name": "0001_initial"} in report["applied"]
    plan = {(row["app"], row["name"]): row["operations"] for row in report["plan"]}
    assert plan["polls", "0001_initial"] == ["Create model Question"]
    assert [step["name"] for step in report["steps"]] == [
        "setup", "check", "plan", "migrate", "urls",
    ]  # fmt: skip
    assert "polls_question" in tables(any_polls)


def test_a_second_run_has_nothing_to_apply(any_polls: Project) -> None:
    run_reporting(any_polls, "release", migrate=True)
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["plan"], report["applied"]) == (True, [], [])


def test_a_plan_alone_changes_nothing(any_polls: Project) -> None:
    report = run_reporting(any_polls, "release", migrate=True, plan_only=True).report
    assert {"polls"} <= {row["app"] for row in report["plan"]}
    assert report["applied"] == []
    assert "polls_question" not in tables(any_polls)


def test_a_broken_migration_is_named_with_its_operation(any_polls: Project) -> None:
    any_polls.write(
        "polls/migrations/0002_fill.py",
        """
        from django.db import migrations

        def fill(apps, schema_editor):
            raise ValueError("no votes to count")

        class Migration(migrations.Migration):
            dependencies = [("polls", "0001_initial")]
            operations = [migrations.RunPython(fill)]
        """,
    )
    outcome = run_reporting(any_polls, "release", migrate=True)
    error = outcome.report["error"]
    assert (outcome.code, outcome.report["ok"], error["step"]) == (1, False, "migrate")
    assert error["type"] == "ValueError"
    assert error["message"] == "no votes to count"
    assert error["migration"] == "polls.0002_fill"
    assert error["operation"].startswith("Raw Python operation")
    assert error["file"] == "polls/migrations/0002_fill.py"
    assert {"app": "polls", "name": "0001_initial"} in outcome.report["applied"]


def test_failed_checks_stop_it_before_anything_is_migrated(any_polls: Project) -> None:
    any_polls.write(
        "polls/models.py",
        """
        from django.db import models

        class Question(models.Model):
            broken = models.CharField()

            class Meta:
                ordering = ["no_such_field"]
        """,
    )
    outcome = run_reporting(any_polls, "release", migrate=True, check=True)
    assert (outcome.code, outcome.report["error"]["step"]) == (1, "check")
    assert any(row["level"] == "error" for row in outcome.report["checks"])
    assert not any_polls.database.exists() or "polls_question" not in tables(any_polls)


OWN_CHECK = """
from django.core import checks

@checks.register()
def public_url(app_configs, **kwargs):
    return [checks.Error({message!r}, hint={hint!r}, id="mysite.E001")]
"""


@pytest.mark.parametrize(
    ("message", "hint", "code"),
    [
        ("The host of PUBLIC_URL is not in ALLOWED_HOSTS", "", 0),
        ("It is not safe", "Turn SECURE_SSL_REDIRECT on", 0),
        ("PUBLIC_URL is not set", "Set it", 1),
    ],
)
def test_a_check_of_the_projects_own_may_be_against_the_surroundings(
    any_polls: Project, message: str, hint: str, code: int
) -> None:
    any_polls.add_settings(OWN_CHECK.format(message=message, hint=hint))
    outcome = run_reporting(any_polls, "release", migrate=True, check=True)
    assert outcome.code == code
    told = [row["message"] for row in outcome.report["tolerated"]]
    assert told == ([] if code else [message])


def test_the_pages_of_the_site_are_reported(any_polls: Project) -> None:
    pages = run_reporting(any_polls, "release", migrate=True).report["pages"]
    assert pages == {"root": True, "health": "", "first": ["/who", "/slow", "/admin/"]}


def test_uploads_with_a_view_of_their_own_are_seen(any_polls: Project) -> None:
    any_polls.add_settings("MEDIA_URL = '/media/'")
    pattern = "    url(r'^media/(?P<path>.*)$', views.who),\n]"
    text = (any_polls.folder / "mysite/urls.py").read_text()
    (any_polls.folder / "mysite/urls.py").write_text(text.replace("]", pattern))
    assert run_reporting(any_polls, "release", migrate=True).report["media_view"] is True


def test_uploads_that_only_a_catch_all_answers_have_no_view(any_polls: Project) -> None:
    any_polls.add_settings("MEDIA_URL = '/media/'")
    text = (any_polls.folder / "mysite/urls.py").read_text()
    catch_all = "    url(r'^.*$', views.index),\n]"
    (any_polls.folder / "mysite/urls.py").write_text(text.replace("]", catch_all))
    assert run_reporting(any_polls, "release", migrate=True).report["media_view"] is False


# Runs after the files in site-packages have done their work.
WITHOUT_HOOK = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "AfterImport" not in repr(finder)]
"""


def test_without_the_hook_in_site_packages_nothing_is_released(polls: Project) -> None:
    polls.write("sitecustomize.py", WITHOUT_HOOK)
    outcome = run_reporting(polls, "release", migrate=True)
    assert outcome.code == 1
    assert "not part of this Python" in outcome.report["error"]["message"]
    polls.overlay["enabled"] = False
    assert run_reporting(polls, "release", migrate=True).code == 0


SECOND = """
import nuages_runtime.overlay.data
nuages_runtime.overlay.data.VOLUME = {volume!r}
DATABASES["votes"] = {{
    "ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE_DIR, "votes", "db.sqlite3"),
}}
DATABASES["mirror"] = dict(DATABASES["default"])
DATABASE_ROUTERS = ["mysite.router.Router"]
"""
ROUTER = """
class Router:
    def allow_migrate(self, db, app_label, **hints):
        return (app_label == "polls") == (db == "votes")
"""


def add_second_database(project: Project) -> None:
    """A database for the votes, beside that for all the rest."""
    project.add_settings("import os\n" + SECOND.format(volume=str(project.data)))
    project.write("mysite/router.py", ROUTER)


def test_each_database_of_the_volume_is_migrated(any_polls: Project) -> None:
    add_second_database(any_polls)
    report = run_reporting(any_polls, "release", migrate=True, check=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert report["applied"].count({"app": "polls", "name": "0001_initial"}) == 1
    assert "polls_question" not in tables(any_polls)
    with sqlite3.connect(any_polls.data / "votes.sqlite3") as connection:
        connection.execute("SELECT question_text FROM polls_question")
    assert not any_polls.data.joinpath("mirror.sqlite3").exists()


def test_a_failure_in_a_second_database_is_told_as_its_own(any_polls: Project) -> None:
    add_second_database(any_polls)
    (any_polls.data / "votes.sqlite3").write_text("this is no database")
    outcome = run_reporting(any_polls, "release", migrate=True, check=False)
    assert (outcome.code, outcome.report["error"]["type"]) == (1, "DatabaseError")
    assert "polls_question" not in tables(any_polls)


def test_a_connection_that_a_migration_closed_hides_nothing(any_polls: Project) -> None:
    any_polls.write(
        "polls/migrations/0002_close.py",
        """
        from django.db import migrations

        def close(apps, schema_editor):
            schema_editor.connection.close()
            schema_editor.connection.connection = None
            raise ValueError("after the end")

        class Migration(migrations.Migration):
            atomic = False
            dependencies = [("polls", "0001_initial")]
            operations = [migrations.RunPython(close)]
        """,
    )
    report = run_reporting(any_polls, "release", migrate=True).report
    assert report["error"]["message"] == "after the end"
    assert {"app": "polls", "name": "0001_initial"} in report["applied"]


def test_the_admin_accepts_a_login_after_it(polls: Project) -> None:
    run_reporting(polls, "release", migrate=True, check=True)
    printed = polls.python("""
        import django; django.setup()
        from django.contrib.auth.models import User
        User.objects.create_superuser("ada", "ada@example.com", "engine")
        from django.test import Client
        client = Client(enforce_csrf_checks=True)
        host = {"HTTP_HOST": "polls.localhost:8000", "HTTP_ORIGIN": "http://polls.localhost:8000"}
        client.get("/admin/login/", **host)
        token = client.cookies["csrftoken"].value
        form = {"username": "ada", "password": "engine", "csrfmiddlewaretoken": token}
        print(client.post("/admin/login/?next=/admin/", form, **host).status_code)
    """)
    assert printed == "302"


def test_settings_are_loaded_for_migrate(polls: Project) -> None:
    polls.add_settings("import sys\nassert sys.argv[:2] == ['manage.py', 'migrate']")
    assert run_reporting(polls, "release", migrate=True).report["ok"]


@pytest.mark.parametrize("left", [[], ["__init__.py"]])
def test_migrations_that_were_not_committed_are_made(any_polls: Project, left: list[str]) -> None:
    for path in (any_polls.folder / "polls/migrations").iterdir():
        if path.name not in left:
            path.unlink() if path.is_file() else shutil.rmtree(path)
    if not left:
        (any_polls.folder / "polls/migrations").rmdir()
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert {"app": "polls", "name": "0001_initial"} in report["applied"]
    assert "polls_question" in tables(any_polls)
    assert any("makemigrations" in warning for warning in report["warnings"])


USER = """
from django.contrib.auth.models import AbstractUser
from django.db import models

class Person(AbstractUser):
    town = models.CharField(max_length=20)

class Question(models.Model):
    author = models.ForeignKey(Person, on_delete=models.CASCADE)
"""


def test_a_user_model_without_migrations_gets_its_table(any_polls: Project) -> None:
    shutil.rmtree(any_polls.folder / "polls/migrations")
    any_polls.write("polls/models.py", USER)
    any_polls.add_settings("AUTH_USER_MODEL = 'polls.Person'")
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert {"polls_person", "polls_question", "django_admin_log"} <= tables(any_polls)


def test_migrations_are_made_whatever_language_the_settings_have(any_polls: Project) -> None:
    shutil.rmtree(any_polls.folder / "polls/migrations")
    any_polls.write("polls/models.py", USER)
    any_polls.add_settings("AUTH_USER_MODEL = 'polls.Person'\nLANGUAGE_CODE = 'zh-hans'")
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert "polls_person" in tables(any_polls)


def test_what_is_changed_of_a_package_is_no_reason_to_fail(any_polls: Project) -> None:
    shutil.rmtree(any_polls.folder / "polls/migrations")
    change = "\nfrom django.contrib.auth.models import Group\nGroup._meta.verbose_name = 'team'\n"
    any_polls.write("polls/models.py", USER + change)
    any_polls.add_settings("AUTH_USER_MODEL = 'polls.Person'")
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert "polls_person" in tables(any_polls)


def test_fields_without_a_migration_are_made_in_a_new_database(any_polls: Project) -> None:
    models = any_polls.folder / "polls/models.py"
    models.write_text(models.read_text() + "    votes = models.IntegerField()\n")
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    with sqlite3.connect(any_polls.database) as connection:
        connection.execute("SELECT votes FROM polls_question")
    assert any("makemigrations" in warning for warning in report["warnings"])


def test_in_a_database_that_is_in_use_none_are_made(polls: Project) -> None:
    polls.migrate()
    models = polls.folder / "polls/models.py"
    models.write_text(models.read_text() + "    votes = models.IntegerField()\n")
    report = run_reporting(polls, "release", migrate=True).report
    assert (report["ok"], report["applied"]) == (True, [])


def test_migrations_that_conflict_are_merged(any_polls: Project) -> None:
    for name in ("0002_one", "0002_two"):
        any_polls.write(f"polls/migrations/{name}.py", """
            from django.db import migrations

            class Migration(migrations.Migration):
                dependencies = [("polls", "0001_initial")]
                operations = []
            """)  # fmt: skip
    report = run_reporting(any_polls, "release", migrate=True).report
    assert (report["ok"], report["error"]) == (True, None)
    assert {"app": "polls", "name": "0002_two"} in report["applied"]
    assert any("--merge" in warning for warning in report["warnings"])


def test_a_project_that_is_whole_gets_no_migrations(any_polls: Project) -> None:
    report = run_reporting(any_polls, "release", migrate=True).report
    assert not [warning for warning in report["warnings"] if "makemigrations" in warning]


ELSEWHERE = """
import pathlib
from django.core.files.storage import Storage

PLACE = pathlib.Path({place!r})

class Bucket(Storage):
    def _save(self, name, content):
        (PLACE / name).parent.mkdir(parents=True)
        (PLACE / name).write_bytes(content.read())
        return name

    def exists(self, name):
        return False

    def url(self, name):
        return "https://files.example.com/" + name
"""


def test_static_files_at_a_storage_without_a_folder_are_sent_there(polls: Project) -> None:
    polls.write("mysite/bucket.py", ELSEWHERE.format(place=str(polls.data / "bucket")))
    polls.write("polls/static/polls/page.css", "p {}")
    polls.edit_settings("'django.contrib.admin',", "")
    polls.add_settings("STORAGES = {'staticfiles': {'BACKEND': 'mysite.bucket.Bucket'}}")
    polls.write("mysite/urls.py", "urlpatterns = []")

    report = run_reporting(polls, "release", migrate=True).report

    assert report["ok"], report["error"]
    assert (polls.data / "bucket/polls/page.css").read_text() == "p {}"
    assert report["steps"][-1]["name"] == "static"

    report = run_reporting(polls, "release", migrate=True).report

    assert report["error"]["step"] == "static"
    assert "FileExistsError" in report["error"]["type"]
