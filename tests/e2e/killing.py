"""What tests of kills need: a project that counts its migrations, a visitor who never stops, a
platform whose processes are killed by pid, and one look at whether everything is in order."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuages.client.client import Client
from nuages.client.follow import follow_deployment
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from tools.own_platform import Platform, processes_of

SECONDS = 60.0
# Between two requests of one visitor: two cores have other things to do too.
_PAUSE = 0.005
PARTS = ("control", "api", "worker")

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "in-the-repository"
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = ["django.contrib.staticfiles", "pages"]
MIDDLEWARE = []
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
STATIC_URL = "static/"
"""
STYLE = "body { margin: 0 }\n"
URLS = """
import time
from django.http import HttpResponse
from django.urls import path
from pages.models import Run
from word import WORD

def show(request):
    names = Run.objects.order_by("id").values_list("name", flat=True)
    return HttpResponse("\\n".join([WORD, *names]), content_type="text/plain")

def health(request):
    time.sleep(0.2)
    return show(request)

urlpatterns = [path("", show), path("health/", health)]
"""
MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
MODELS = """
from django.db import models

class Run(models.Model):
    name = models.CharField(max_length=40)
"""
FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Run", [
            ("id", models.AutoField(primary_key=True)),
            ("name", models.CharField(max_length=40)),
        ]),
    ]
"""
# Not atomic, so that a run which does not come to its end is counted too.
NEXT = """
import time
from django.db import migrations

def run(apps, schema_editor):
    runs = apps.get_model("pages", "Run").objects
    runs.create(name="{name} began")
    time.sleep(0.4)
    runs.create(name="{name} ended")

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("pages", "{former}")]
    operations = [migrations.RunPython(run)]
"""


@dataclass(slots=True)
class Project:
    """A project with a slow migration and another page in each of its versions."""

    folder: Path
    migrations: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> Project:
        """Its first version."""
        pages = folder / "pages" / "migrations"
        pages.mkdir(parents=True)
        (folder / "pages" / "static").mkdir()
        (folder / "pages" / "static" / "page.css").write_text(STYLE)
        (folder / "pages" / "__init__.py").touch()
        (pages / "__init__.py").touch()
        (folder / "pages" / "models.py").write_text(MODELS)
        (folder / "settings.py").write_text(SETTINGS)
        (folder / "urls.py").write_text(URLS)
        (folder / "manage.py").write_text(MANAGE)
        (folder / "requirements.txt").write_text("Django>=5.2,<6\n")
        (folder / "deploy.toml").write_text('[health]\npath = "/health/"\n')
        (pages / "0001_initial.py").write_text(FIRST)
        project = cls(folder, ["0001_initial"])
        project.change(migrate=False)
        return project

    @property
    def word(self) -> str:
        """What its page begins with."""
        return (self.folder / "word.py").read_text().split('"')[1]

    def change(self, *, migrate: bool = True, settings: bool = False) -> str:
        """The next version, with a migration more; its word. Other `settings` make the build
        look into the project again."""
        number = len(self.migrations) + 1
        if migrate:
            name = f"{number:04}_slow"
            path = self.folder / "pages" / "migrations" / f"{name}.py"
            path.write_text(NEXT.format(name=name, former=self.migrations[-1]))
            self.migrations.append(name)
        if settings:
            (self.folder / "settings.py").write_text(f"{SETTINGS}# {number}\n")
            (self.folder / "pages" / "static" / "word.txt").write_text(f"word {number}\n" * 9999)
        (self.folder / "word.py").write_text(f'WORD = "word {number}"\n')
        return self.word


@dataclass(slots=True)
class Failure:
    """A request that was not answered well, and when its connection was opened."""

    opened: float
    what: str


class Asker(threading.Thread):
    """Asks for one page all the time, each time on a connection of its own, never twice."""

    def __init__(self, port: int, host: str) -> None:
        super().__init__(daemon=True)
        self.port, self.host = port, host
        self.answered = 0
        self.text = ""
        self.failures: list[Failure] = []
        self._ended = threading.Event()

    def run(self) -> None:
        """Until `end`."""
        while not self._ended.wait(_PAUSE):
            opened = time.monotonic()
            try:
                self.text = ask(self.port, self.host)
                self.answered += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failures.append(Failure(opened, f"{type(error).__name__}: {error}"))

    def hear(self) -> None:
        """Return when a request that was sent after this moment has been answered."""
        wanted = self.answered + len(self.failures) + 2
        until(lambda: self.answered + len(self.failures) >= wanted, "an answer")

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()
        self.join(SECONDS)
        assert not self.is_alive(), "a request was never answered"


def ask(port: int, host: str, path: str = "/") -> str:
    """The text of a page. AssertionError where it is no 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}", "Connection": "close"})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    finally:
        connection.close()
    assert response.status == 200, f"{response.status} {text[:200]}"
    return text


@dataclass(frozen=True, slots=True)
class World:
    """A platform with one app on it, which is asked all the time."""

    platform: Platform
    project: Project
    asker: Asker
    app: str

    @property
    def client(self) -> Client:
        return Client(self.home)

    @property
    def home(self) -> Home:
        return Home(self.platform.home)

    def pids(self) -> dict[str, int]:
        """The platform's processes by name."""
        return {part["name"]: part["pid"] for part in self.client.status()["parts"]}

    def instances(self) -> list[dict[str, Any]]:
        """What `nuages ps` shows."""
        return self.client.ps(self.app)

    def kill(self, *names: str) -> None:
        """SIGKILL to these processes of the platform."""
        pids = self.pids()
        kill(pids[name] for name in names)

    def kill_proxy(self) -> float:
        """SIGKILL to the proxy; the moment at which it was dead. What was opened before that
        was its own."""
        pid = self.pids()["proxy"]
        kill([pid])
        until(lambda: is_dead(pid), "the proxy to be dead")
        return time.monotonic()

    def kill_everything(self) -> None:
        """What a power cut does: SIGKILL to all of the platform and of its apps."""
        # What runs in a sandbox does not name the home.
        inside = [*self.pids().values(), *(row["pid"] for row in self.instances())]

        def all_dead() -> bool:
            # Whoever was about to start something may have done so.
            left = processes_of(self.platform.home)
            kill([*inside, *left])
            return not left

        until(all_dead, "everything to be dead")

    def current(self) -> int:
        """The release that the proxy reads, from the link itself."""
        target = (self.home.proxy / "environments" / self.app).readlink().name
        return int(target.rpartition(".v")[2])

    def start_deployment(self) -> str:
        """Ask for a deployment of the project; its id."""
        request = {"app": self.app, "folder": str(self.project.folder)}
        return str(self.client.deploy(request)["id"])

    def await_step(self, deployment: str, step: str) -> None:
        """Return when the step has started."""
        for event in follow_deployment(self.client, deployment):
            if event["kind"] == "step.started" and event["step"] == step:
                return
            if event["kind"] == "end" and step in ("drain", "clean"):
                # What comes after the switch is not in the stream: it ends with the success.
                return
            assert event["kind"] != "end", event
        raise AssertionError(f"{deployment} never came to {step}")

    def await_end(self, deployment: str) -> dict[str, Any]:
        """The deployment when it has ended, waiting for a control plane that is away."""
        for event in follow_deployment(self.client, deployment):
            if event["kind"] == "end":
                ended: dict[str, Any] = event["deployment"]
                return ended
        raise AssertionError(f"{deployment} never ended")

    def await_health(self) -> None:
        """Return when every part of the platform runs."""

        def healthy() -> bool:
            try:
                return bool(self.client.status()["healthy"])
            except NuagesError:
                return False

        until(healthy, "a healthy platform")

    def await_order(self) -> None:
        """Return when only the current release runs, all of it ready, with nothing of another, and
        with its static files."""

        def in_order() -> bool:
            rows = self.instances()
            key = f"{self.app}.v{self.current()}"
            folders = {path.name for path in (self.home.proxy / "releases").iterdir()}
            return (
                {(row["release"], row["status"]) for row in rows} == {(self.current(), "ready")}
                and {row["process"] for row in rows} == {"web"}
                and folders == {key}
            )

        until(in_order, "only the current release, ready")
        host = f"{self.app}.localhost"
        assert ask(self.platform.port, host, "/static/page.css") == STYLE

    def check_runs(self) -> None:
        """Every migration of the project ran once, from its beginning to its end."""
        self.asker.hear()
        counted = Counter(self.asker.text.splitlines()[1:])
        wanted = {f"{name} {what}" for name in self.project.migrations[1:] for what in ENDS}
        assert counted == dict.fromkeys(wanted, 1)

    def leftovers(self) -> list[str]:
        """What is written by halves below the home, or left by somebody who was killed."""
        found = [str(path) for path in self.home.path.rglob(".*.tmp")]
        found += [str(path) for path in self.home.cache.glob("exchange-*")]
        found += [str(path) for path in self.home.uploads.iterdir()]
        return found


ENDS = ("began", "ended")


def kill(pids: Iterable[int]) -> None:
    """SIGKILL to all of them at one moment; what has ended meanwhile is fine."""
    found = list(pids)
    # Stopped first, so that none of them brings back another one that is killed before it.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def is_dead(pid: int) -> bool:
    """Whether it has ended, waited for or not: proc(5), the state after the name."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return text.rpartition(")")[2].split()[0] in "ZX"


def until(done: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Return when `done` says so; AssertionError after `seconds`."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        pause.wait(0.02)
