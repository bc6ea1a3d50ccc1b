"""Unprepared projects: what `startproject` makes, and the polls app in it."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from tests.runtime.environments import RUNTIME, Environment

KEY = "the-platforms-own-key-0123456789-0123456789-012345"

MODELS = """
from django.db import models

class Question(models.Model):
    question_text = models.CharField(max_length=200)
    pub_date = models.DateTimeField("date published")
"""
VIEWS = """
import time
from django.http import HttpResponse, JsonResponse
from polls.models import Question

def index(request):
    return HttpResponse("questions: %d" % Question.objects.count())

def who(request):
    return JsonResponse({"address": request.META["REMOTE_ADDR"], "scheme": request.scheme})

def slow(request):
    time.sleep(float(request.GET.get("seconds", 1)))
    return HttpResponse("slow, but there")
"""
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False,
                                        verbose_name="ID")),
                ("question_text", models.CharField(max_length=200)),
                ("pub_date", models.DateTimeField(verbose_name="date published")),
            ],
        ),
    ]
"""
URLS = """
from django.conf.urls import url
from django.contrib import admin
from polls import views

urlpatterns = [
    url(r"^admin/", admin.site.urls),
    url(r"^$", views.index),
    url(r"^who$", views.who),
    url(r"^slow$", views.slow),
]
"""


@dataclass(slots=True)
class Project:
    """A project's folder, the environment it runs in, and what the platform tells it."""

    folder: Path
    environment: Environment
    data: Path
    template: Path
    overlay: dict[str, object] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.folder / "mysite" / "settings.py"

    @property
    def database(self) -> Path:
        return self.data / "db.sqlite3"

    def add_settings(self, text: str) -> None:
        """Append to the settings module."""
        with self.settings.open("a") as stream:
            stream.write("\n" + textwrap.dedent(text))

    def edit_settings(self, old: str, new: str) -> None:
        """Replace a text in the settings module, which has to be there."""
        text = self.settings.read_text()
        assert old in text
        self.settings.write_text(text.replace(old, new))

    def write(self, name: str, text: str) -> None:
        """Write a file below the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def env(self) -> dict[str, str]:
        """The variables that the platform gives its processes."""
        document = {
            "enabled": True,
            "settings": "mysite.settings",
            "hosts": ["polls.localhost"],
            "origins": ["http://polls.localhost:8000"],
            "scheme": "http",
            "static_root": str(self.data / "static"),
            "phase": "run",
            "project": str(self.folder),
            **self.overlay,
        }
        return {
            "PYTHONPATH": f"{self.folder}:{RUNTIME}",
            "DJANGO_SETTINGS_MODULE": "mysite.settings",
            "SECRET_KEY": KEY,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "NUAGES_APP": "polls",
            "NUAGES_ENVIRONMENT": "live",
            "NUAGES_OVERLAY": json.dumps(document),
            **self.variables,
        }

    def python(self, code: str) -> str:
        """What `code` prints in a process of the app; the process has to end well."""
        done = self.environment.run("-c", textwrap.dedent(code), cwd=self.folder, env=self.env())
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def value(self, expression: str) -> object:
        """The JSON value of an expression over the loaded `settings`."""
        return json.loads(
            self.python(
                f"import json\nfrom django.conf import settings\n"
                f"print(json.dumps({expression}, default=str))"
            )
        )

    def changes(self) -> dict[str, dict[str, str]]:
        """What the overlay says it changed, by setting."""
        printed = self.python("""
            import json
            from django.conf import settings
            settings.DEBUG
            from nuages_runtime.overlay.document import changes
            print(json.dumps(changes()))
        """)
        return {row["setting"]: row for row in json.loads(printed)}

    def warnings(self) -> str:
        """What the overlay says of what it left as it is."""
        return self.python("""
            from django.conf import settings
            settings.DEBUG
            from nuages_runtime.overlay.document import warnings
            print("\\n".join(warnings()))
        """)

    def migrate(self) -> None:
        """Bring the database up to the models that the site begins with."""
        shutil.copy(self.template / "data" / "db.sqlite3", self.database)


def copy_polls(template: Path, environment: Environment, folder: Path) -> Project:
    """A copy of the site in `template`, with a volume of its own that is still empty."""
    shutil.copytree(template / "app", folder / "app")
    (folder / "data").mkdir()
    return Project(folder / "app", environment, folder / "data", template)


def make_polls(environment: Environment, folder: Path) -> None:
    """A site as the tutorial leaves it, in `folder`: `startproject`, the polls app, nothing
    prepared; and beside it the database that its migrations make."""
    source = folder / "app"
    source.mkdir(parents=True)
    (folder / "data").mkdir()
    done = environment.run(
        "-m", "django", "startproject", "mysite", ".", cwd=source, env={"LANG": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stderr
    project = Project(source, environment, folder / "data", folder)
    # Django 4.0 took url() away.
    urls = URLS
    if environment.kind != "1.11":
        new = "from django.urls import re_path as url"
        urls = URLS.replace("from django.conf.urls import url", new)
    files = {
        "polls/__init__.py": "",
        "polls/models.py": MODELS,
        "polls/views.py": VIEWS,
        "polls/migrations/__init__.py": "",
        "polls/migrations/0001_initial.py": MIGRATION,
        "mysite/urls.py": urls,
    }
    for name, text in files.items():
        project.write(name, text)
    project.edit_settings("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'polls',")
    project.add_settings("DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'")
    project.python("""
        import django
        django.setup()
        from django.core.management import call_command
        call_command("migrate", verbosity=0)
        # The last connection to close brings the log home into the file.
        from django.db import connection
        connection.close()
    """)
