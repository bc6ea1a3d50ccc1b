"""Shapes of where the project lies in its repository."""

from __future__ import annotations

from tests.golden.inspect.shapes.pieces import REQUIREMENTS, SETTINGS, Shape, manage, served, shop

SHAPES = {
    "flat": Shape("what startproject makes, with a requirements.txt", shop()),
    "nothing-declared": Shape("no dependency file at all", shop({"requirements.txt": None})),
    "one-level-down": Shape("manage.py in a folder, the packages at the root", shop(below="site/")),
    "all-one-level-down": Shape(
        "manage.py in a folder, with the packages beside it",
        shop({"requirements.txt": None, "web/requirements.txt": REQUIREMENTS}, below="web/"),
    ),
    "src": Shape(
        "src/manage.py, the packages at the root",
        shop(
            {
                "requirements.txt": None,
                "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'
                'dependencies = ["django~=5.2"]\n',
            },
            below="src/",
        ),
    ),
    "backend-and-frontend": Shape(
        "backend/ beside frontend/, nothing of Python at the root",
        shop(
            {
                "requirements.txt": None,
                "backend/requirements.txt": REQUIREMENTS,
                "frontend/package.json": '{"scripts": {"build": "vite build"}}\n',
                "package.json": '{"private": true}\n',
            },
            below="backend/",
        ),
    ),
    "monorepo": Shape(
        "one of several apps of a JavaScript monorepo",
        shop(
            {
                "requirements.txt": None,
                "apps/api/requirements.txt": REQUIREMENTS,
                "apps/web/package.json": "{}\n",
                "package.json": '{"workspaces": ["apps/*"]}\n',
            },
            below="apps/api/",
        ),
    ),
    "three-levels-down": Shape("src/dashboard/src/manage.py", shop(below="src/dashboard/src/")),
    "doubled-name": Shape("the same name for repository, folder and package", shop(below="shop/")),
    "beside-an-example": Shape(
        "several manage.py: the real one, and those of examples and tests",
        {**shop(below="site/"), **shop(below="example/"), **shop(below="tests/")},
    ),
    "library-with-sandbox": Shape(
        "the repository is a library; the only project is its sandbox, which needs it installed",
        shop(
            {
                "requirements.txt": None,
                "sandbox/requirements.txt": "-e ..\nDjango~=5.2\n",
                "pyproject.toml": '[project]\nname = "basket"\nversion = "1"\n'
                'dependencies = ["django"]\n',
                "basket/__init__.py": "",
                "basket/models.py": "from django.db import models\n",
            },
            below="sandbox/",
        ),
    ),
    "manage-is-a-link": Shape(
        "manage.py at the root is a symbolic link into a folder",
        shop(below="site/"),
        links={"manage.py": "site/manage.py"},
    ),
    "carriage-returns": Shape(
        "files with Windows line ends",
        {path: str(text).replace("\n", "\r\n").encode() for path, text in shop().items()},
    ),
    "wsgi-only": Shape("no manage.py, only wsgi.py", shop({"manage.py": None})),
    "asgi-only": Shape(
        "no manage.py, only asgi.py",
        shop(
            {
                "manage.py": None,
                "shop/wsgi.py": None,
                "shop/asgi.py": served("shop.settings", "asgi"),
            }
        ),
    ),
    "wsgi-at-the-top": Shape(
        "WSGI_APPLICATION names a module at the top level; settings, urls and wsgi without package",
        {
            "manage.py": manage("settings"),
            "settings.py": SETTINGS.replace("shop.urls", "urls").replace(
                ".parent.parent", ".parent"
            )
            + "WSGI_APPLICATION = 'wsgi.application'\n",
            "urls.py": "urlpatterns = []\n",
            "wsgi.py": served("settings"),
            "requirements.txt": REQUIREMENTS,
        },
    ),
    "no-wsgi": Shape("no WSGI module at all", shop({"shop/wsgi.py": None})),
    "own-commands": Shape(
        "manage.py has a command line of its own around Django's",
        shop(
            {
                "manage.py": "import os, sys\nimport click\n\n@click.group()\ndef cli():\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\n"
                "@cli.command()\ndef shell():\n    pass\n\nif __name__ == '__main__':\n    cli()\n"
            }
        ),
    ),
    "startproject-template": Shape(
        "a template for `startproject --template`, with placeholders in its texts",
        {
            "manage.py": manage("{{ project_name }}.settings"),
            "project_name/settings.py": "ROOT_URLCONF = '{{ project_name }}.urls'\n",
            "requirements.txt": REQUIREMENTS,
        },
    ),
}
