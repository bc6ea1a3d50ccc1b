"""Why a deployment failed is said, with the lines that show it and the fix, on a whole platform."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tools.demo import examples
from tools.own_platform import Platform

POLLS = next(path for path in examples() if path.name == "polls")
ADD = """from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("polls", "0002_gone")]
    operations = [migrations.AddField("Question", "b", models.IntegerField(default=0))]
"""
VIEW = """
from django.db import connection
from django.http import HttpResponse
def asked(request):
    connection.cursor().execute("select * from polls_vote")
    return HttpResponse("x")
urlpatterns += [path("asked/", asked)]
"""
CSRF = "\nCSRF_TRUSTED_ORIGINS = ['example.com']\n"
SETTINGS, WSGI = "mysite/settings.py", "mysite/wsgi.py"

# What is added to which files; the exit code; the codes of the error and its cause; what is said.
FAILURES: dict[str, tuple[dict[str, str], int, str, list[str]]] = {
    "a module that a package brings": (
        {"polls/views.py": "\nimport paramiko\n"},
        3,
        "build.E004, diagnose.C072",
        [
            "Cause: The module 'paramiko' is not installed; paramiko brings it (polls/views",
            " | ModuleNotFoundError: No module named 'paramiko'",
            "Fix: Add a line to requirements.txt: paramiko",
        ],
    ),
    "a module of its own": (
        {"polls/views.py": "\nfrom polls import answers\nimport polls.answers\n"},
        3,
        "build.E004",
        ["cannot import name 'answers' from 'polls'"],
    ),
    "packages that exclude each other": (
        {"requirements.txt": "\ndjango-celery-beat==2.2.0\nwagtail==6.4\n"},
        3,
        "build.E002, diagnose.C1",
        ["Cause: ", "Fix: "],
    ),
    "a migration that follows none": (
        {"polls/migrations/0003_b.py": ADD},
        1,
        "release.E013, diagnose.C041",
        [
            "Cause: The migration polls.0003_b follows polls.0002_gone, which is not there",
            "Fix: Add the file polls/migrations/0002_gone.py to the source",
        ],
    ),
    "a check of Django's": (
        {SETTINGS: CSRF, "deploy.toml": "[settings]\noverlay = 'off'\n"},
        3,
        "release.E012, diagnose.C048",
        ["Write in the settings: CSRF_TRUSTED_ORIGINS = ['https://example.com']"],
    ),
    "a port that is never opened": (
        {"Procfile": "web: sleep 1000\n", "deploy.toml": "[health]\ntimeout = 3\n"},
        1,
        "engines.E004, diagnose.C130",
        ["Cause: The web process does not listen on $PORT", "gunicorn mysite.wsgi:application"],
    ),
    "a first request without its table": (
        {"deploy.toml": '[health]\npath = "/asked/"\n', "mysite/urls.py": VIEW},
        1,
        "engines.E003, diagnose.C031",
        [
            "Cause: The table polls_vote is not in the database (mysite/urls.py:",
            "OperationalError: no such table: polls_vote",
            "python manage.py makemigrations polls",
        ],
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the polls project, to spoil."""
    return Path(shutil.copytree(POLLS, tmp_path / "polls"))


def spoil(project: Path, additions: dict[str, str]) -> None:
    for name, text in additions.items():
        with (project / name).open("a") as stream:
            stream.write(text)


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_deployment_says_its_cause(name: str, platform: Platform, project: Path) -> None:
    additions, code, codes, said = FAILURES[name]
    spoil(project, additions)

    text = platform.run("deploy", str(project), "--app", "causes", code=code).stderr

    for words in [*said, f"Code: {codes}"]:
        assert words in text, f"{words!r} is not in:\n{text}"


def test_the_cause_is_in_the_problem_document_and_explained_afterwards(
    platform: Platform, project: Path
) -> None:
    secret = "token-of-9f31c2"
    boom = "ModuleNotFoundError(\"No module named 'paramiko' \" + os.environ['KEY'])"
    spoil(project, {WSGI: f"\nimport os\nraise {boom}\n"})
    words = ("deploy", str(project), "--app", "causes", "--set", f"KEY={secret}", "--json")

    done = platform.run(*words, code=1)

    problem = json.loads(done.stderr[done.stderr.index("{") :])
    [cause] = problem["causes"]
    assert problem["code"] == "engines.E003"
    assert cause["code"] == "diagnose.C072"
    assert cause["file"] == WSGI
    assert "[redacted]" in cause["proofs"][-1]["line"]
    assert secret not in done.stderr

    told = platform.run("explain", "--app", "causes").stdout
    assert "diagnose.C072: The module 'paramiko' is not installed" in told
    assert platform.read("explain", "--app", "causes")["causes"] == [cause]


def test_what_an_app_that_serves_has_printed_is_explained(
    platform: Platform, project: Path
) -> None:
    from tools.answers import Visitor

    spoil(project, {"mysite/urls.py": VIEW})
    address = platform.read("deploy", str(project), "--app", "asked")["url"]
    assert Visitor(address).ask("/asked/").status == 500

    told = platform.run("explain", "--app", "asked").stdout

    assert "diagnose.C031: The table polls_vote is not in the database (mysite/urls.py:" in told
