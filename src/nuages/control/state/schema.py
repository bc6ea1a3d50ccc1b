"""Brings the state database to this version's tables; costs one query when it is there already."""

from __future__ import annotations

from pathlib import Path

from django.db import OperationalError, connection

MIGRATIONS = Path(__file__).parent / "migrations"


def is_current() -> bool:
    """Whether every migration of this version is applied."""
    return _applied() >= _known()


def ensure_schema() -> bool:
    """Apply the migrations that are missing; whether the tables are this version's now."""
    # Loads all of Django's management: only where there is something to do.
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    return is_current()


def _known() -> set[str]:
    return {path.stem for path in MIGRATIONS.glob("[0-9]*.py")}


def _applied() -> set[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE app = 'state'")
            return {row[0] for row in cursor.fetchall()}
    except OperationalError:
        return set()
