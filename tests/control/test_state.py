"""The state database: its tables fit the models, its durability is what it should be."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from nuages.control.state.schema import is_current

pytestmark = pytest.mark.django_db(transaction=True)


def test_migrations_make_what_the_models_say(capsys):
    call_command("makemigrations", check=True, dry_run=True, skip_checks=True)
    assert "No changes" in capsys.readouterr().out


def test_tables_of_this_version_are_recognised():
    assert is_current()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_what_was_written_survives_a_power_cut(pragma, value):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone()[0] == value
