"""A site that has nothing at / says where it begins, and what of it fails, on a whole platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.answers import Visitor
from tools.own_platform import Platform

SETTINGS = """
SECRET_KEY, ROOT_URLCONF, STATIC_URL = "x", "mysite.urls", "/static/"
INSTALLED_APPS = ["django.contrib.staticfiles"]
PREFIX = __import__("os").environ.get("PREFIX", "polls")
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}]
from django.core import checks
@checks.register()
def public_url(app_configs, **kwargs):
    from django.conf import settings
    if "polls.example.org" not in settings.ALLOWED_HOSTS:
        return [checks.Error("polls.example.org is not in ALLOWED_HOSTS", id="mysite.E001")]
    return []
"""
HEAD = """
from django.conf import settings
from django.http import HttpResponse
from django.urls import include, path
def fine(request):
    return HttpResponse("this is " + request.path)
def broken(request):
    return HttpResponse(settings.NOT_THERE)
"""
FILES = {
    # It refuses what a deployment takes.
    "manage.py": "import sys\nsys.exit('use ./run.sh instead of ' + ' '.join(sys.argv))\n",
    "requirements.txt": "Django\n",
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS,
    "mysite/wsgi.py": "import os\n"
    "from django.core.wsgi import get_wsgi_application\n"
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    "application = get_wsgi_application()\n",
    "templates/404.html": "{% load nothing %}",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A site below /polls/, whose page for 404, check and manage.py are against it."""
    return write(tmp_path / "paged", 'path(settings.PREFIX + "/", include([path("", fine)]))')


def write(folder: Path, urls: str) -> Path:
    for name, text in {**FILES, "mysite/urls.py": f"{HEAD}urlpatterns = [{urls}]\n"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def codes(deployment: dict[str, object]) -> dict[str, str]:
    found = deployment["findings"]
    assert isinstance(found, list)
    return {row["code"]: row["message"] for row in found}


def test_a_site_that_begins_elsewhere_is_live_and_says_where(
    platform: Platform, project: Path
) -> None:
    deployed = platform.read("deploy", str(project))

    assert deployed["start"] == f"{deployed['url']}/polls/"
    visitor = Visitor(deployed["url"])
    assert visitor.ask("/polls/").text == "this is /polls/"
    assert visitor.ask("/").status == 500
    said = codes(deployed)
    assert said["inspect.W170"] == "There is nothing at /; the site begins at /polls/"
    assert "'nothing', which is no library of tags (diagnose.C088)" in said["inspect.W172"]
    assert said["inspect.W174"] == "mysite.E001: polls.example.org is not in ALLOWED_HOSTS"
    assert platform.read("info", "paged")["start"] == deployed["start"]

    # The URLconf is asked with the config vars of each release; one of them may be a secret.
    platform.read("config", "paged", "set", "PREFIX=canary-of-a-prefix")
    assert visitor.ask("/canary-of-a-prefix/").text == "this is /canary-of-a-prefix/"
    assert platform.read("info", "paged")["start"] == f"{deployed['url']}/[redacted]/"

    # Its input is at an end; manage.py would refuse it.
    platform.run("shell", "paged")


def test_a_health_check_decides_and_what_fails_beside_it_is_said(
    platform: Platform, tmp_path: Path
) -> None:
    checked = write(tmp_path / "checked", 'path("", broken), path("healthz", fine)')
    deployed = platform.read("deploy", str(checked))
    assert deployed["start"] == f"{deployed['url']}/"
    assert "GET /: it answered 500" in codes(deployed)["inspect.W171"]
    assert "NOT_THERE" in codes(deployed)["inspect.W171"]

    # What is stated wins.
    (checked / "deploy.toml").write_text('[health]\npath = "/"\n')
    refused = platform.run("deploy", str(checked), code=1)
    assert "GET / for checked.localhost" in refused.stderr
    assert "NOT_THERE" in refused.stderr
    assert Visitor(deployed["url"]).ask("/healthz").text == "this is /healthz"
