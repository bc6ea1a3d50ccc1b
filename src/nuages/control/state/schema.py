"""Brings the state database to this version's tables; costs one query when it is there already."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import OperationalError, connection

from nuages.control.errors import NEWER_STATE
from nuages.core.errors import NuagesError

MIGRATIONS = Path(__file__).parent / "migrations"


def is_current() -> bool:
    """Whether every migration of this version is applied. Raises control.E024 where there are
    others: a newer version has written what this one would not understand."""
    applied, known = _applied(), _known()
    newer = sorted(applied - known)
    if newer:
        raise NuagesError(NEWER_STATE, f"{_path()} has {newer[0]}, which this version has not")
    return applied >= known


def ensure_schema() -> bool:
    """Apply the migrations that are missing, after a copy of a database that holds something;
    whether the tables are this version's now."""
    # Loads all of Django's management: only where there is something to do.
    from django.core.management import call_command  # noqa: PLC0415

    missing = sorted(_known() - _applied())
    if missing and _applied():
        back_up(_path().with_name(f"{_path().name}-before-{missing[0]}"))
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    return is_current()


def back_up(target: Path) -> None:
    """Copy the database as it is at this moment, whole, for nobody but its owner to read."""
    temporary = target.with_name(f"{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection.ensure_connection()
    with closing(sqlite3.connect(temporary)) as copy:
        connection.connection.backup(copy)
    temporary.replace(target)


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _known() -> set[str]:
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}


def _applied() -> set[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE app = 'state'")
            return {row[0] for row in cursor.fetchall()}
    except OperationalError as error:
        # A new database. One that is locked or damaged must not be taken for one.
        if "no such table" not in str(error):
            raise
        return set()
