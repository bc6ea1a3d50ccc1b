"""The state database: its tables fit the models, its durability is what it should be."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from nuages.control.keys import ensure_key
from nuages.control.state.platform import load_platform
from nuages.control.state.queries import check_key
from nuages.control.state.schema import back_up, is_current
from nuages.core.errors import NuagesError
from nuages.core.home import Home

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


def test_a_database_of_a_newer_version_is_refused():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('state', '9999_new', '')"
        )
    try:
        with pytest.raises(NuagesError, match="9999_new") as caught:
            is_current()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_new'")
    assert (caught.value.code.code, caught.value.exit_code) == ("control.E024", 4)


def test_a_locked_database_is_not_taken_for_a_new_one(monkeypatch):
    def locked():
        raise OperationalError("database is locked")

    monkeypatch.setattr(connection, "cursor", locked)
    with pytest.raises(OperationalError):
        is_current()


def test_a_copy_holds_what_the_database_holds_and_is_its_owners_alone(tmp_path, make_environment):
    make_environment("polls")
    back_up(tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("SELECT name FROM state_app").fetchall() == [("polls",)]
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o777 == 0o600


def test_another_key_than_the_one_that_sealed_is_found(make_environment, tmp_path, monkeypatch):
    make_environment("polls")
    check_key()
    other = Home(tmp_path)
    ensure_key(other.key, other.database)
    monkeypatch.setattr(settings, "NUAGES_HOME", other)
    with pytest.raises(NuagesError, match="does not open"):
        check_key()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"http_port": "8000"}'])
def test_settings_that_cannot_be_read_are_not_replaced_by_a_guess(text):
    path = settings.NUAGES_HOME.settings
    path.write_text(text)
    try:
        with pytest.raises(NuagesError) as caught:
            load_platform()
    finally:
        path.unlink()
    assert caught.value.code.code == "control.E025"
