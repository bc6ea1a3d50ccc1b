"""Changes of a running app that build anew, and changes that are called off."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.client.client import Client
from nuages.client.follow import follow_deployment
from nuages.core.home import Home
from tools.answers import Visitor
from tools.own_platform import Platform

FILES = {
    "manage.py": "import os, sys\n"
    "from django.core.management import execute_from_command_line\n"
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    'if __name__ == "__main__":\n'
    "    execute_from_command_line(sys.argv)\n",
    "requirements.txt": "Django\n",
    "extra/late.css": "p { color: blue }\n",
    "mysite/__init__.py": "",
    "mysite/settings.py": "from pathlib import Path\n"
    "BASE_DIR = Path(__file__).parent.parent\n"
    'SECRET_KEY, ROOT_URLCONF, STATIC_URL = "x", "mysite.urls", "/static/"\n'
    'INSTALLED_APPS = ["django.contrib.staticfiles"]\n'
    'NAME = "first"\n',
    "mysite/other.py": "from mysite.settings import *\n"
    'STATICFILES_DIRS, NAME = [BASE_DIR / "extra"], "other"\n',
    "mysite/urls.py": "from django.conf import settings\n"
    "from django.http import HttpResponse\n"
    "from django.urls import path\n"
    'urlpatterns = [path("", lambda request: HttpResponse(settings.NAME))]\n',
    "mysite/wsgi.py": "import os\n"
    "from django.core.wsgi import get_wsgi_application\n"
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    "application = get_wsgi_application()\n",
}
HANGING = "[startup]\ncommands = [\"python -c 'import time; time.sleep(3600)'\"]\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two settings modules."""
    for name, text in FILES.items():
        path = tmp_path / "twofold" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "twofold"


def test_another_settings_module_builds_the_image_again(platform: Platform, project: Path) -> None:
    url = platform.read("deploy", str(project))["url"]
    assert Visitor(url).ask("/").text == "first"
    assert Visitor(url).ask("/static/late.css").status == 404

    # The folder of the source is not needed any more.
    (project / "mysite/settings.py").write_text("broken(")
    platform.read("config", "twofold", "set", "DJANGO_SETTINGS_MODULE=mysite.other")

    assert Visitor(url).ask("/").text == "other"
    assert Visitor(url).ask("/static/late.css").status == 200


def test_a_release_command_that_hangs_can_be_called_off_and_removed(
    platform: Platform, project: Path
) -> None:
    (project / "deploy.toml").write_text(HANGING)
    client = Client(Home(platform.home))
    asked = client.deploy({"folder": str(project), "app": "hanging"})
    await_step(client, asked, "release")
    client.cancel(str(asked["id"]))
    assert ended(client, asked)["error"]["code"] == "control.E021"

    again = client.deploy({"folder": str(project), "app": "hanging"})
    await_step(client, again, "release")
    removal = client.destroy("hanging", "hanging")
    assert ended(client, removal)["status"] == "succeeded"
    assert ended(client, again)["error"]["code"] == "control.E021"


def await_step(client: Client, asked: dict, step: str) -> None:
    """Wait until the deployment has begun a step."""
    for event in client.deployment_events(str(asked["id"])):
        if event["kind"] == "step.started" and event["step"] == step:
            return
    raise AssertionError(f"it ended before {step}")


def ended(client: Client, asked: dict) -> dict:
    """The deployment at its end."""
    *_, last = follow_deployment(client, str(asked["id"]))
    return last["deployment"]
