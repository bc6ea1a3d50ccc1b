"""Shapes of where packages and the version of Python are declared."""

from __future__ import annotations

from tests.golden.inspect.shapes.pieces import REQUIREMENTS, Files, Shape, shop

PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["django~=5.2", "gunicorn"]\n'
UV_LOCK = (
    'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "django"\nversion = "5.2.4"\n'
    'source = { registry = "https://packages.example/simple" }\n'
)
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\n'
PIPFILE = '[packages]\ndjango = "~=5.2"\n\n[requires]\npython_version = "3.11"\n'


def _only(files: Files) -> dict[str, str | bytes]:
    return shop({"requirements.txt": None, **files})


def _requirements(text: str | bytes) -> dict[str, str | bytes]:
    return shop({"requirements.txt": text})


SHAPES = {
    "hashes": Shape(
        "requirements with hashes over several lines",
        _requirements("django==5.2.4 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n"),
    ),
    "chain": Shape(
        "a root requirements.txt that only leads to others, with constraints",
        shop(
            {
                "requirements.txt": "-r requirements/production.txt\n",
                "requirements/production.txt": "-r base.txt\n-c limits.txt\ngunicorn\n",
                "requirements/base.txt": "Django\n",
                "requirements/limits.txt": "Django<5.3\ngunicorn==23.0.0\n",
            }
        ),
    ),
    "chain-in-a-circle": Shape(
        "requirements that lead back to themselves, and to a file that is not there",
        shop(
            {
                "requirements.txt": "-r more.txt\nDjango~=5.2\n",
                "more.txt": "-r requirements.txt\n-r absent.txt\n",
            }
        ),
    ),
    "requirements-folder": Shape(
        "a requirements folder with base, development and production",
        _only(
            {
                "requirements/base.txt": "Django~=5.2\n",
                "requirements/dev.txt": "-r base.txt\npytest\n",
                "requirements/prod.txt": "-r base.txt\ngunicorn\n",
            }
        ),
    ),
    "requirements-prod": Shape(
        "requirements-prod.txt beside a list for development",
        _only({"requirements-prod.txt": REQUIREMENTS, "requirements-dev.txt": "pytest\n"}),
    ),
    "in-beside-txt": Shape(
        "requirements.in beside what pip-tools made of it",
        shop({"requirements.in": "Django\n", "requirements.txt": "django==5.2.4\n"}),
    ),
    "utf-16": Shape(
        "requirements as PowerShell's redirection writes them",
        _requirements("Django==5.2.4\r\ngunicorn\r\n".encode("utf-16")),
    ),
    "misspelt": Shape(
        "a capitalised or misspelt file name", _only({"Requirements.txt": REQUIREMENTS})
    ),
    "git-address": Shape(
        "packages from a git address, an archive and a folder of the repository",
        shop(
            {
                "requirements.txt": "Django~=5.2\ngit+https://code.example/a/b.git@v1#egg=basket\n"
                "till @ https://code.example/a/till/archive/main.zip\n-e ./lib\n",
                "lib/setup.py": "from setuptools import setup\nsetup(name='lib')\n",
            }
        ),
    ),
    "pip-options": Shape(
        "options for pip: another index, no binaries of one package",
        _requirements(
            "-i https://packages.example/simple\n--no-binary psycopg2\nDjango~=5.2\npsycopg2==2.9\n"
        ),
    ),
    "pip-freeze": Shape(
        "what pip freeze wrote on another machine: its paths, its system's packages, pip's options",
        _requirements(
            "--prefer-binary\npkg-resources==0.0.0\npython-apt==2.4.0+ubuntu1\npywin32==306\n"
            "asgiref @ file:///home/conda/feedstock/asgiref_1631/work\nDjango~=5.2\n"
            "psycopg2==2.9 --no-binary psycopg2\n"
        ),
    ),
    "unpinned-old": Shape(
        "an old project whose list leaves every version open", _requirements("django\nsix\n")
    ),
    "uv-app": Shape(
        "uv.lock of an app, no .python-version",
        _only({"pyproject.toml": PROJECT, "uv.lock": UV_LOCK}),
    ),
    "uv-package": Shape(
        "uv.lock of a project that is itself a package",
        _only(
            {
                "pyproject.toml": PROJECT
                + '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
                "uv.lock": UV_LOCK
                + '\n[[package]]\nname = "shop"\nversion = "1"\nsource = { editable = "." }\n',
            }
        ),
    ),
    "uv-workspace": Shape(
        "a member of a uv workspace, whose lock lies at the root",
        shop(
            {
                "requirements.txt": None,
                "pyproject.toml": '[tool.uv.workspace]\nmembers = ["site"]\n',
                "uv.lock": UV_LOCK,
                "site/pyproject.toml": PROJECT,
            },
            below="site/",
        ),
    ),
    "poetry": Shape(
        "poetry.lock of Poetry 2, with a group for development",
        _only(
            {
                "pyproject.toml": POETRY,
                "poetry.lock": '[[package]]\nname = "django"\nversion = "5.2.4"\ngroups = ["main"]'
                '\n\n[[package]]\nname = "pytest"\nversion = "8.0"\ngroups = ["dev"]\n',
            }
        ),
    ),
    "poetry-1": Shape(
        "poetry.lock of Poetry 1, with categories",
        _only(
            {
                "pyproject.toml": POETRY,
                "poetry.lock": '[[package]]\nname = "django"\nversion = "4.2.1"\n'
                'category = "main"\n\n[[package]]\nname = "pytest"\nversion = "7"\n'
                'category = "dev"\n',
            }
        ),
    ),
    "poetry-unlocked": Shape(
        "Poetry without a lock, package-mode off",
        _only({"pyproject.toml": "[tool.poetry]\npackage-mode = false\n" + POETRY}),
    ),
    "pdm": Shape(
        "pdm.lock",
        _only(
            {
                "pyproject.toml": PROJECT,
                "pdm.lock": '[[package]]\nname = "django"\nversion = "5.2.4"\n'
                'groups = ["default"]\n\n[metadata]\ngroups = ["default"]\n',
            }
        ),
    ),
    "pipenv": Shape(
        "Pipfile with its lock",
        _only(
            {
                "Pipfile": PIPFILE,
                "Pipfile.lock": '{"_meta": {"requires": {"python_version": "3.11"}}, '
                '"default": {"django": {"version": "==5.2.4"}}}\n',
            }
        ),
    ),
    "pipenv-unlocked": Shape("a Pipfile without lock", _only({"Pipfile": PIPFILE})),
    "pylock": Shape(
        "pylock.toml",
        _only(
            {
                "pylock.toml": 'lock-version = "1.0"\n\n[[packages]]\nname = "django"\n'
                'version = "5.2.4"\n'
            }
        ),
    ),
    "several-systems": Shape(
        "a list, Poetry, Pipenv and uv side by side",
        shop(
            {
                "pyproject.toml": PROJECT,
                "uv.lock": UV_LOCK,
                "Pipfile": PIPFILE,
                "poetry.lock": "",
            }
        ),
    ),
    "bare-pyproject": Shape("a pyproject.toml without lock", _only({"pyproject.toml": PROJECT})),
    "dynamic-dependencies": Shape(
        "a pyproject.toml whose dependencies setuptools reads from a file",
        _only(
            {
                "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'
                'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
                'dependencies = {file = ["needs.txt"]}\n',
                "needs.txt": "Django~=5.2\n",
            }
        ),
    ),
    "tools-only-pyproject": Shape(
        "a pyproject.toml that only configures tools",
        shop({"pyproject.toml": "[tool.black]\nline-length = 99\n"}),
    ),
    "python-version": Shape(
        ".python-version, with a comment and a patch",
        shop({".python-version": "# for pyenv\n3.11.4\n"}),
    ),
    "runtime-txt": Shape("runtime.txt", shop({"runtime.txt": "python-3.13.x\n"})),
    "tool-versions": Shape(
        ".tool-versions", shop({".tool-versions": "nodejs 20.1.0\npython 3.13.1\n"})
    ),
    "odd-python": Shape("a version that is none", shop({".python-version": "my-env\n"})),
}
