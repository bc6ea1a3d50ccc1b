"""Another list of the project's is installed where the one by rule does not name Django."""

from __future__ import annotations

import pytest

from nuages.inspect.facts.dependencies import find_dependencies
from nuages.inspect.locks.uv import read_uv_lock
from tests.unit.inspect.projects import codes, finding, plain

EMPTY = "[project]\nname='shop'\nversion='1'\ndependencies=[]\n"
LOCK = """version = 1

[[package]]
name = "celery"
version = "5.4.0"
source = { registry = "https://packages.example/simple" }

[package.optional-dependencies]
redis = [
    { name = "redis" },
]

[[package]]
name = "django"
version = "5.2.4"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "pytest"
version = "8.4.0"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "redis"
version = "5.0.0"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "ruff"
version = "0.9"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "shop"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "celery", extra = ["redis"] },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
]
web = [
    { name = "django" },
]
"""


def found(tree, files: dict[str, str]):
    made = tree(files)
    return find_dependencies(made, ".", made.remarks).value.value


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        ((), ["celery", "redis"]),
        (("dev", "web"), ["celery", "django", "redis"]),
        (("all",), ["celery", "django", "redis"]),
    ],
)
def test_a_uv_lock_pins_what_is_installed_for_production(groups, names) -> None:
    assert sorted(read_uv_lock(LOCK, groups).pins) == names


def test_what_a_uv_lock_has_for_development_is_offered_in_its_version(tree) -> None:
    project = "[project]\nname='shop'\ndependencies=['celery[redis]']\n[dependency-groups]\n"
    files = {"pyproject.toml": project + "dev=['pytest']\n", "uv.lock": LOCK}
    offers = found(tree, files).offers
    assert [(each.requirement, each.taken) for each in offers] == [("pytest==8.4.0", False)]


def test_a_group_that_names_django_is_added_with_what_it_includes(tree) -> None:
    groups = (
        "[dependency-groups]\nlint=['ruff']\ntest=['django', 'pytest']\n"
        "web=['django>=5', {include-group='log'}]\nlog=['structlog', {include-group='web'}]\n"
    )
    value = found(tree, {"pyproject.toml": EMPTY + groups, "uv.lock": LOCK})
    assert value.kind == "uv"
    assert value.also == ("django==5.2.4", "structlog")
    assert {"django", "structlog"} <= value.names
    assert value.django == "==5.2.4"


@pytest.mark.parametrize(
    ("files", "kind", "lines"),
    [
        (
            {"pyproject.toml": "[dependency-groups]\ndev=['django==5.2']\n"},
            "pyproject",
            ("django==5.2",),
        ),
        ({"Pipfile": "[dev-packages]\ndjango='==5.2'\n"}, "pipenv", ("django==5.2",)),
        (
            {
                "pyproject.toml": "[tool.poetry.dependencies]\npython='^3.12'\n"
                "[tool.poetry.group.app.dependencies]\ndjango='^5.2'\n",
                "poetry.lock": '[[package]]\nname = "django"\nversion = "5.2.4"\n'
                'groups = ["app"]\n',
            },
            "pyproject",
            ("django==5.2.4",),
        ),
    ],
)
def test_a_list_for_development_is_better_than_none(tree, files, kind, lines) -> None:
    value = found(tree, files)
    assert (value.kind, value.lines, value.names) == (kind, lines, {"django"})


def test_a_requirements_file_for_development_is_read_whole(inspected) -> None:
    files = {
        "requirements.txt": None,
        "requirements/dev.txt": "-r shared.txt\n-e git+https://code.example/x.git#egg=x\n",
        "requirements/shared.txt": "Django==5.2.1\n",
        "docs/requirements.txt": "django==1.8\nsphinx\n",
        "other/requirements/prod.txt": "django==4.2\n",
    }
    inspection = inspected(plain(files))
    value = inspection.facts.dependencies.value
    assert value.files == ("requirements/shared.txt",)
    assert value.django == "==5.2.1"
    said = finding(inspection, "W180")
    assert said.message == "Only requirements/shared.txt names Django; its packages are installed"
    assert (said.file, said.line) == ("requirements/shared.txt", 1)
    assert "W023" not in codes(inspection)


@pytest.mark.parametrize(
    "files",
    [
        # Its Django comes with another package.
        {"requirements.txt": "wagtail\n", "requirements-dev.txt": "django==5.2\n"},
        # What a folder of the source brings is not known.
        {"requirements.txt": "-e .\n", "requirements-dev.txt": "django==5.2\n"},
        {"requirements.txt": "flask\n", "docs/requirements.txt": "django==5.2\n"},
        {"requirements.txt": "flask\n", "requirements-dev.txt": "pytest\n"},
    ],
)
def test_nothing_is_added_where_that_is_not_sure(tree, files) -> None:
    assert found(tree, files).also == ()
