"""Folders and files that a project counts on and does not bring: made, kept, or taken from an
example."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.answers import Visitor
from tools.own_platform import Platform

MANAGE = (
    "import os, sys\n"
    "from django.core.management import execute_from_command_line\n"
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    'if __name__ == "__main__":\n'
    "    execute_from_command_line(sys.argv)\n"
)
SETTINGS = """
import json
import logging
import os
from pathlib import Path

BASE_DIR = Path(__file__).parent.parent
SECRETS = json.load(open(BASE_DIR / "secrets.json"))
logging.basicConfig(filename=BASE_DIR / "logs" / "site.log")
SECRET_KEY, ROOT_URLCONF = SECRETS["key"], "mysite.urls"
QUEUE = {"filename": os.path.join(BASE_DIR, "data", "queue.sqlite3")}
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "uploads"
"""
URLS = """
import sqlite3
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

def count(request):
    (settings.BASE_DIR / "uploads" / "own.txt").write_text("an upload")
    with sqlite3.connect(settings.QUEUE["filename"]) as queue:
        queue.execute("create table if not exists visits (visit)")
        queue.execute("insert into visits values (1)")
        return HttpResponse(queue.execute("select count(*) from visits").fetchone())

def key(request):
    return HttpResponse("public" if settings.SECRET_KEY == settings.SECRETS["key"] else "safe")

urlpatterns = [path("", key), path("count/", count)]
"""
FILES = {
    "manage.py": MANAGE,
    "requirements.txt": "Django\n",
    "secrets.json.example": '{"key": "the same for everybody"}\n',
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS,
    "mysite/urls.py": URLS,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as git has it: without its empty folders and its author's secrets."""
    for name, text in FILES.items():
        path = tmp_path / "counts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "counts"


def test_what_is_written_to_folders_that_were_made_outlives_a_deployment(
    platform: Platform, project: Path
) -> None:
    visitor = Visitor(platform.read("deploy", str(project))["url"])
    assert visitor.ask("/").text == "safe"
    assert visitor.ask("/count/").text == "1"
    assert visitor.ask("/media/own.txt").text == "an upload"

    # From here on the folder of the uploads is one of the source's.
    (project / "uploads").mkdir()
    (project / "uploads" / "sample.txt").write_text("a sample")
    (project / "uploads" / "own.txt").write_text("a sample")
    platform.read("deploy", str(project))

    assert visitor.ask("/count/").text == "2"
    assert visitor.ask("/media/sample.txt").text == "a sample"
    assert visitor.ask("/media/own.txt").text == "an upload"
