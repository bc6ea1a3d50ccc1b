"""What the project's code and templates would do, where that is certain."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

BASE = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n" + SETTINGS
MODELS = "from django.db import models\n\n\nclass Poll(models.Model):\n    pass\n"
TEMPLATE = "<head>\n<link href=\"{% static 'css/site.css' %}\">\n"
VIEW = "from django.conf import settings\n\n\ndef view(request):\n    {}\n"


def app(models: str = MODELS, **changed: str | None) -> dict[str, str | bytes]:
    files: dict[str, str | bytes | None] = {
        "mysite/settings.py": SETTINGS + "INSTALLED_APPS = ['polls.apps.PollsConfig']\n",
        "polls/__init__.py": "",
        "polls/models.py": models,
    }
    return plain({**files, **changed})


def test_an_app_without_migrations_is_said_with_its_first_model(inspected) -> None:
    said = finding(inspected(app()), "W118")

    assert (said.file, said.line) == ("polls/models.py", 4)


@pytest.mark.parametrize(
    "files",
    [
        app(**{"polls/migrations/0001_initial.py": ""}),
        app("from django.db import models\n"),
        app(MODELS.replace("    pass", "    class Meta:\n        abstract = True")),
        app(MODELS.replace("    pass", "    class Meta:\n        managed = False")),
        app(
            **{
                ".git/HEAD": "",
                ".gitignore": "migrations/\n",
                "polls/migrations/0001_initial.py": "",
            }
        ),
        app(**{"mysite/settings.py": SETTINGS + "INSTALLED_APPS = ['other']\n"}),
        app(**{"mysite/settings.py": SETTINGS + "INSTALLED_APPS = ['polls', *more()]\n"}),
    ],
)
def test_an_app_that_may_be_right_is_not_said(inspected, files) -> None:
    assert "W118" not in codes(inspected(files))


def static(template: str = TEMPLATE, **changed: str | None) -> dict[str, str | bytes]:
    files: dict[str, str | bytes | None] = {
        "polls/static/css/other.css": "",
        "polls/templates/polls/index.html": template,
    }
    return plain({**files, **changed})


def test_a_template_that_names_a_missing_file_is_said_with_its_line(inspected) -> None:
    said = finding(inspected(static()), "W117")

    assert (said.file, said.line) == ("polls/templates/polls/index.html", 2)
    assert "css/site.css" in said.message


@pytest.mark.parametrize(
    "files",
    [
        static(**{"polls/static/css/site.css": ""}),
        static(**{"mysite/settings.py": BASE + "STATICFILES_DIRS = [BASE_DIR / 'assets']\n",
                  "assets/css/site.css": ""}),
        # Made by a build, found by another finder, left out, or perhaps of a package.
        static(**{"package.json": "{}"}),
        static(**{"polls/static/css/site.scss": ""}),
        static(**{"mysite/settings.py": SETTINGS + "STATICFILES_FINDERS = ['x']\n"}),
        static(**{".git/HEAD": "", ".gitignore": "site.css\n", "polls/static/css/site.css": ""}),
        static(TEMPLATE.replace("css/site.css", "admin/css/base.css")),
        static(TEMPLATE.replace("css/site.css", "theirs/site.css")),
        static(TEMPLATE.replace("css/site.css", "css/{{ name }}.css")),
        static("{# " + TEMPLATE.replace("\n", "") + " #}\n"),
        static(**{"mysite/settings.py": SETTINGS + "import x\nSTATICFILES_DIRS = x.folders()\n"}),
    ],
)  # fmt: skip
def test_a_reference_that_may_be_right_is_not_said(inspected, files) -> None:
    assert "W117" not in codes(inspected(files))


@pytest.mark.parametrize(
    "statement",
    [
        "open(settings.BASE_DIR / 'log.txt', 'w')",
        "open(settings.BASE_DIR / 'log.txt', mode='a')",
        "(settings.BASE_DIR / 'log.txt').write_text('x')",
    ],
)
def test_code_that_writes_beside_itself_is_said(inspected, statement) -> None:
    files = plain({"mysite/settings.py": BASE, "polls/views.py": VIEW.format(statement)})

    said = finding(inspected(files), "W112")

    assert (said.file, said.line) == ("polls/views.py", 5)
    assert said.message.startswith("log.txt is written")


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("polls/views.py", "open(settings.BASE_DIR / 'log.txt')"),
        ("polls/views.py", "open(settings.BASE_DIR / name, 'w')"),
        ("polls/views.py", "open('/data/log.txt', 'w')  # not BASE_DIR"),
        ("polls/views.py", "open(settings.BASE_DIR / 'log.txt', mode)"),
        ("polls/management/commands/x.py", "open(settings.BASE_DIR / 'log.txt', 'w')"),
    ],
)
def test_code_that_reads_or_runs_by_hand_is_not_said(inspected, path, statement) -> None:
    files = plain({"mysite/settings.py": BASE, path: VIEW.format(statement)})

    assert "W112" not in codes(inspected(files))
