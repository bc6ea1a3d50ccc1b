"""Migrations that one kind of database alone can run."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import SETTINGS, finding, plain

APPS = SETTINGS + 'INSTALLED_APPS = ["polls"]\n'
ARRAY = "from django.contrib.postgres.fields import ArrayField\nX = ArrayField(None)\n"


def project(migration: str, path: str = "polls/migrations/0001_initial.py") -> dict[str, str]:
    return plain({"mysite/settings.py": APPS, path: migration})


def test_a_column_of_postgres_is_said_with_its_line(inspected) -> None:
    made = inspected(project(ARRAY))
    assert made.facts.only_engine.value == "postgres"
    said = finding(made, "W152")
    assert (said.file, said.line) == ("polls/migrations/0001_initial.py", 2)


@pytest.mark.parametrize(
    ("migration", "path"),
    [
        (ARRAY, "other/migrations/0001_initial.py"),
        (ARRAY, "polls/models.py"),
        (ARRAY, "tests/polls/migrations/0001_initial.py"),
        (f"{ARRAY}if connection.vendor == 'postgresql': pass\n", "polls/migrations/0001.py"),
        (f"{ARRAY}if settings.DATABASES['default']['ENGINE'] != POSTGRES: pass\n",
         "polls/migrations/0001.py"),
        ("from own.fields import ArrayField\nArrayField()\n", "polls/migrations/0001.py"),
        ("from django.contrib.postgres.operations import BtreeGinExtension\n",
         "polls/migrations/0001.py"),
    ],
)  # fmt: skip
def test_what_may_run_elsewhere_is_not(inspected, migration, path) -> None:
    assert inspected(project(migration, path)).facts.only_engine.value == ""


@pytest.mark.parametrize("engine", ["django_tenants.postgresql_backend", "psqlextra.backend"])
def test_an_engine_that_is_made_for_postgres_is_said(inspected, engine: str) -> None:
    text = SETTINGS + f"DATABASES = {{'default': {{'ENGINE': '{engine}'}}}}\n"
    made = inspected(plain({"mysite/settings.py": text}))
    assert made.facts.only_engine.value == "postgres"
    assert engine in finding(made, "W152").message
