"""Packages that the project names where nothing is installed from."""

from __future__ import annotations

from nuages.inspect.facts.dependencies import find_dependencies


def offered(tree, files: dict[str, str], root: str = ".") -> list[tuple[str, str]]:
    found = tree(files)
    value = find_dependencies(found, root, found.remarks).value.value
    return [(offer.requirement, offer.place) for offer in value.offers]


def test_groups_of_poetry_come_with_the_version_of_the_lock(tree) -> None:
    files = {
        "pyproject.toml": "[tool.poetry.dependencies]\npython='^3.8'\ndjango='^5'\n"
        "[tool.poetry.dev-dependencies]\nipython='*'\n"
        "[tool.poetry.group.dev.dependencies]\n"
        "django-extensions={version='^3.2', extras=['a']}\nblack={git='https://host/x'}\n",
        "poetry.lock": '[[package]]\nname = "django"\nversion = "5.1"\n\n'
        '[[package]]\nname = "django-extensions"\nversion = "3.2.1"\n',
    }
    assert offered(tree, files) == [
        ("ipython", "the group dev of pyproject.toml"),
        ("django-extensions[a]==3.2.1", "the group dev of pyproject.toml"),
        ("black", "the group dev of pyproject.toml"),
    ]


def test_extras_groups_and_other_files_are_looked_at(tree) -> None:
    files = {
        "pyproject.toml": "[project]\nname='x'\ndependencies=['django']\n"
        "[project.optional-dependencies]\npg=['psycopg2>=2 ; python_version>\"3\"']\n"
        "[dependency-groups]\nexample=['pytz', {include-group='dev'}]\n"
        "[tool.uv]\ndev-dependencies=['rich']\n",
        "site/requirements-dev.txt": "-r requirements.txt\ndjango-silk==5.0 # profiling\n"
        "x @ https://host/x\ngit+https://host/y\n./libs/z\n",
        "Pipfile": "[dev-packages]\nisort = '*'\n",
    }
    assert offered(tree, files, "site") == [
        ("psycopg2>=2", "the extra pg of pyproject.toml"),
        ("pytz", "the group example of pyproject.toml"),
        ("rich", "the group dev-dependencies of pyproject.toml"),
        ("isort", "dev-packages of Pipfile"),
        ("django-silk==5.0", "site/requirements-dev.txt"),
    ]


def test_what_is_installed_anyway_is_not_offered(tree) -> None:
    files = {"requirements.txt": "django\n", "requirements-dev.txt": "Django==4\n-r x\n"}
    assert offered(tree, files) == []


def test_odd_documents_offer_nothing(tree) -> None:
    files = {
        "requirements.txt": "django\n",
        "pyproject.toml": "project=1\n[dependency-groups]\na=1\n[tool]\npoetry=2\nuv=[]\n",
        "Pipfile": "packages=[1]\n",
    }
    assert offered(tree, files) == []
