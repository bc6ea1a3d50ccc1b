"""Facts, findings and plan of each example and of small trees, as they were reviewed.

`script/test --update-golden` writes the files anew; the difference is read before it is kept.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nuages.core.finding import Finding
from nuages.pipeline.check import CheckResult, check_project
from nuages.pipeline.fix import FixRequest, apply_fix, plan_fix
from nuages.pipeline.plan import decisions
from tests.golden.inspect.seen import SEEN
from tests.golden.inspect.shapes import layout, packages, processes, settings, traps
from tests.golden.inspect.shapes.pieces import Shape

HERE = Path(__file__).parent
EXAMPLES = Path(__file__).parents[3] / "examples"

# What is past its end is so on a day: this one.
DAY = date(2026, 11, 1)
SETDEFAULT = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'
WSGI = SETDEFAULT + "from django.core.wsgi import get_wsgi_application\napplication = None\n"
BASE = (
    "from pathlib import Path\nimport os\n"
    "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
    "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = BASE_DIR / 'collected'\n"
    "SECRET_KEY = os.environ['SECRET_KEY']\n"
)
NESTED = {
    "README.md": "A shop.\n",
    "backend/manage.py": SETDEFAULT.format("shop.settings.local"),
    "backend/shop/__init__.py": "",
    "backend/shop/wsgi.py": WSGI.format("shop.settings.local"),
    "backend/shop/settings/__init__.py": "",
    "backend/shop/settings/base.py": BASE,
    "backend/shop/settings/local.py": "from .base import *\nDEBUG = True\n",
    "backend/shop/settings/production.py": (
        "from .base import *\nimport dj_database_url\nDEBUG = False\n"
        "ALLOWED_HOSTS = os.environ.get('HOSTS', '').split(',')\n"
        "DATABASES = {'default': dj_database_url.config(conn_max_age=60)}\n"
    ),
    "requirements/base.txt": "Django~=5.2\ndj-database-url\n",
    "requirements/production.txt": "-r base.txt\ngunicorn==23.0.0\n",
    "runtime.txt": "python-3.11.9\n",
    "Procfile": "web: cd backend && gunicorn shop.wsgi\nbeat: celery -A shop beat\n",
}
TREES: Mapping[str, Mapping[str, str]] = {
    "nested": NESTED,
    "several": {
        **{path.replace("backend", "one"): text for path, text in NESTED.items()},
        **{path.replace("backend", "two"): text for path, text in NESTED.items()},
    },
    "uv": {
        "manage.py": SETDEFAULT.format("config"),
        "config.py": "import environ\nenv = environ.Env(DEBUG=(bool, False))\n"
        "DEBUG = env('DEBUG')\nSECRET_KEY = env('SECRET_KEY')\nDATABASES = {'default': env.db()}\n"
        "ALLOWED_HOSTS = env.list('ALLOWED_HOSTS', default=[])\n",
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.13"\n'
        'dependencies = ["django>=5", "django-environ"]\n',
        "uv.lock": 'version = 1\nrequires-python = ">=3.13"\n\n[[package]]\nname = "django"\n'
        'version = "5.2.4"\nsource = { registry = "https://packages.example/simple" }\n',
        "deploy.toml": '[database]\nengine = "postgres"\n[startup]\ncommands = [\n'
        '  "python manage.py migrate",\n  "python manage.py createcachetable"]\n',
    },
    "template": {
        "cookiecutter.json": "{}\n",
        "{{cookiecutter.slug}}/manage.py": SETDEFAULT.format("config.settings"),
        "{{cookiecutter.slug}}/config/settings.py": "ROOT_URLCONF = 'config.urls'\n",
    },
    "console-script": {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django"]\n'
        '[project.scripts]\nshop = "shop.cli:main"\n',
        "src/shop/__init__.py": "",
        "src/shop/cli.py": SETDEFAULT.format("shop.conf")
        + "from django.core.management import execute_from_command_line as main\n",
        "src/shop/conf.py": "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = '/data/static'\n",
    },
    "computed-settings": {
        "manage.py": "import os\nenv = os.environ.get('STAGE', 'local')\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', f'shop.settings.{env}')\n",
        "shop/__init__.py": "",
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": BASE,
        "shop/settings/local.py": "from .base import *\nDEBUG = True\n",
        "shop/settings/live.py": "from .base import *\nfrom .secrets import PASSWORD\n",
        "shop/settings/production.py": "from .base import *\n",
        "requirements.txt": "Django~=5.2\n",
    },
    "copy-the-example": {
        "manage.py": SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "from .local_settings import *\nROOT_URLCONF = 'shop.urls'\n",
        "shop/local_settings.py.example": "SECRET_KEY = 'to be changed'\n",
        "requirements.txt": "Django~=5.2\n",
    },
    "configurations": {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_CONFIGURATION', 'Dev')\n"
        + SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "from configurations import Configuration\n\n"
        "class Dev(Configuration):\n    DEBUG = True\n    ROOT_URLCONF = 'shop.urls'\n"
        "    STATIC_ROOT = '/data/static'\n\n"
        "class Prod(Dev):\n    DEBUG = False\n    ALLOWED_HOSTS = ['shop.example']\n",
        "requirements.txt": "Django~=5.2\ndjango-configurations\n",
    },
    "one-file": {
        "app.py": "from django.conf import settings\n"
        "from django.core.wsgi import get_wsgi_application\n"
        "settings.configure(DEBUG=True, SECRET_KEY='x', ROOT_URLCONF=__name__)\n"
        "urlpatterns = []\napplication = get_wsgi_application()\n",
        "requirements.txt": "Django~=5.2\n",
    },
    "geodjango": {
        "manage.py": SETDEFAULT.format("maps.settings"),
        "maps/__init__.py": "",
        "maps/settings.py": "INSTALLED_APPS = [\n    'django.contrib.gis',\n]\n"
        "DATABASES = {'default': {'ENGINE': 'django.contrib.gis.db.backends.postgis'}}\n"
        "ROOT_URLCONF = 'maps.urls'\nSTATIC_ROOT = '/data/static'\n",
        "requirements.txt": "Django~=5.2\npsycopg2==2.9.10\n",
        "Dockerfile": "FROM python\nRUN apt-get update && apt-get -y install"
        " \\\n    gdal-bin libgdal-dev curl \\\n    osm2pgsql && rm -rf /var/lib/apt/lists/*\n",
    },
    "mysqlclient": {
        "manage.py": SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = '/data/static'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': 'shop'}}\n",
        "shop/thumbnails.py": "import subprocess\n\n\ndef make(path):\n"
        "    subprocess.run(['ffmpeg', '-i', path])\n",
        "requirements.txt": "Django~=5.2\nmysqlclient==2.2.4\npython-magic\nPillow==11.0.0\n",
    },
    "aptfile": {
        "manage.py": SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = '/data/static'\n",
        "requirements.txt": "Django~=5.2\nweasyprint==62.3\n",
        "Aptfile": "# for PDF files\nlibpango-1.0-0\npoppler-utils\nfonts-noto\n",
        "rockcraft.yaml": "parts:\n  django-framework/dependencies:\n    stage-packages:\n"
        "      - libmagic1\n",
        "deploy.toml": '[build]\npackages = ["fonts-liberation"]\n',
    },
    "dev-group": {
        "manage.py": SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = '/data/static'\n"
        "INSTALLED_APPS = [\n    'django_extensions',\n]\n",
        "pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.11'\ndjango = '~5.2'\n"
        "[tool.poetry.group.dev.dependencies]\ndjango-extensions = '^3.2'\n",
        "requirements-test.txt": "pytest-django==4.9.0\n",
    },
    "front-end": {
        "manage.py": SETDEFAULT.format("shop.settings"),
        "shop/__init__.py": "",
        "shop/settings.py": "from pathlib import Path\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent\n"
        "ROOT_URLCONF = 'shop.urls'\nSTATICFILES_DIRS = [BASE_DIR / 'static']\n",
        "shop/templates/base.html": "{% load static %}\n{% static 'site.css' %}\n",
        "static/logo.svg": "<svg/>\n",
        "frontend/package.json": '{\n "scripts": {\n  "build": "tailwindcss -o ../static/site.css",'
        '\n  "watch": "tailwindcss -o ../static/site.css --watch"\n },\n'
        ' "engines": {"node": "23.x"},\n "devDependencies": {"tailwindcss": "^3.4"}\n}\n',
        "frontend/package-lock.json": "{}\n",
        "docs/package.json": '{"scripts": {"build": "astro build"}}\n',
        "requirements.txt": "Django~=5.2\n",
        ".gitignore": "static/site.css\n",
    },
    "front-end-of-webpack": {
        "backend/manage.py": SETDEFAULT.format("shop.settings"),
        "backend/shop/__init__.py": "",
        "backend/shop/settings.py": "from pathlib import Path\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent.parent\n"
        "ROOT_URLCONF = 'shop.urls'\n"
        "WEBPACK_LOADER = {'DEFAULT': {'STATS_FILE': BASE_DIR / 'webpack-stats.json'}}\n",
        "package.json": '{"packageManager": "pnpm@8.15.0", "scripts": {"dev": "webpack serve", '
        '"build:prod": "webpack"}}\n',
        "pnpm-lock.yaml": "lockfileVersion: '6.0'\n",
        ".nvmrc": "lts/iron\n",
        "mobile/package.json": '{"scripts": {"build": "expo export"}}\n',
        "requirements.txt": "Django~=5.2\n",
    },
    "no-project": {"app.py": "from flask import Flask\n", "requirements.txt": "flask\n"},
    "python-2": {
        "manage.py": "print 'Python 2'\n# DJANGO_SETTINGS_MODULE\n",
        "old/__init__.py": "",
        "old/settings.py": "ROOT_URLCONF = 'old.urls'\nprint 'x'\n",
    },
}


SHAPES: Mapping[str, Shape] = {
    name: shape
    for family in (layout, settings, packages, processes, traps)
    for name, shape in family.SHAPES.items()
}


def document(checked: CheckResult) -> dict[str, Any]:
    """What a check says, without the place of the tree and what most trees have none of."""
    facts = dataclasses.asdict(checked.facts)
    if not facts["folders"]:
        del facts["folders"]
    if not facts["commit"]["value"]:
        del facts["commit"]
    return {
        "files": [file.path for file in checked.source.files],
        "left_out": [dataclasses.asdict(left) for left in checked.source.left_out],
        "facts": facts,
        "findings": [_finding(finding) for finding in checked.findings],
        "plan": [dataclasses.asdict(decision) for decision in decisions(checked)],
    }


def in_lines(checked: CheckResult) -> str:
    """What a check says, a line for each fact, finding and decision."""
    whole = document(checked)
    lines: list[str] = []
    for part in ("left_out", "facts", "findings", "plan"):
        entries = whole[part].items() if part == "facts" else ((part, each) for each in whole[part])
        lines += [f"{name} {json.dumps(entry, default=sorted)}" for name, entry in entries]
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    """A finding, with its edits where it offers some."""
    fields = dataclasses.asdict(finding)
    return fields if finding.edits else {k: v for k, v in fields.items() if k != "edits"}


def compare(name: str, checked: CheckResult, *, update: bool) -> None:
    text = json.dumps(document(checked), indent=1, default=sorted) + "\n"
    golden = HERE / f"{name}.json"
    if update:
        golden.write_text(text)
    assert text == golden.read_text()


def make_example(name: str, folder: Path) -> Path:
    # What trying an example by hand leaves behind is no part of it.
    left_behind = shutil.ignore_patterns("__pycache__", "db.sqlite3*", ".venv", "staticfiles")
    shutil.copytree(EXAMPLES / name, folder / name, ignore=left_behind)
    return folder / name


def make_tree(name: str, folder: Path) -> Path:
    shape = SHAPES.get(name)
    for path, content in (shape.files if shape else TREES[name]).items():
        place = folder / "project" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    for path, target in (shape.links if shape else {}).items():
        (folder / "project" / path).symlink_to(target)
    return folder / "project"


NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_as_reviewed(name, tmp_path, update_golden) -> None:
    checked = check_project(make_example(name, tmp_path), None, False, tmp_path / "scratch", DAY)
    compare(f"example-{name}", checked, update=update_golden)


@pytest.mark.parametrize("name", TREES)
def test_a_small_tree_is_read_as_reviewed(name, tmp_path, update_golden) -> None:
    checked = check_project(make_tree(name, tmp_path), None, False, tmp_path / "scratch", DAY)
    compare(name, checked, update=update_golden)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_read_as_reviewed(name, tmp_path, update_golden) -> None:
    text = in_lines(
        check_project(make_tree(name, tmp_path), None, False, tmp_path / "scratch", DAY)
    )
    golden = HERE / "shapes" / f"{name}.txt"
    if update_golden:
        golden.write_text(text)
    assert text == golden.read_text()


def test_each_golden_file_has_its_shape() -> None:
    assert {path.stem for path in (HERE / "shapes").glob("*.txt")} == set(SHAPES)
    families = (layout, settings, packages, processes, traps)
    assert sum(len(family.SHAPES) for family in families) == len(SHAPES), "a name is used twice"
    assert not SHAPES.keys() & TREES.keys()


def test_what_was_seen_is_covered_and_each_shape_stands_for_something_seen() -> None:
    shapes = {*SHAPES, *TREES, *(f"example-{path.name}" for path in EXAMPLES.iterdir())}
    named = {name for names in SEEN.values() for name in names}
    tests = {name for name in named if name.startswith("tests/")}
    assert not [name for name in tests if not (HERE.parents[2] / name).exists()]
    assert named - tests <= shapes
    assert set(SHAPES) | set(TREES) <= named


@pytest.mark.parametrize("name", [*NAMES, *TREES, *SHAPES])
def test_what_can_be_mended_is_mended_at_once(name, tmp_path) -> None:
    folder = (make_example if name in NAMES else make_tree)(name, tmp_path)
    plan = plan_fix(FixRequest(folder, strict=True), tmp_path / "scratch")
    apply_fix(folder, plan.changes)

    again = plan_fix(FixRequest(folder, strict=True), tmp_path / "again")

    assert plan.refused == ()
    # Nothing of what was offered is found again, and nothing new that could have been.
    assert again.changes == ()
    assert not any(finding.edits for finding in again.left)
    assert len(again.left) <= len(plan.left)
