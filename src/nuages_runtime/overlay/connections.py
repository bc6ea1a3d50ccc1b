"""Prepares database connections: none before the gate is open, and SQLite made safe for
several processes and for a power cut."""

import contextlib
import sqlite3

from django import VERSION

from nuages_runtime.overlay.database_url import family
from nuages_runtime.overlay.document import current
from nuages_runtime.server import gate


def attach(module):
    """Prepare `django.db.backends.base.base`, given as a module."""
    base = module.BaseDatabaseWrapper
    if getattr(base, "_nuages", False):
        return
    base._nuages = True
    if gate.is_expected():
        _wait_for_gate(base)
    overlay = current()
    if overlay is not None and overlay.enabled and "DATABASES" not in overlay.keep:
        module.connection_created.connect(prepare_sqlite, dispatch_uid="nuages.sqlite")


def _wait_for_gate(base):
    connect = base.connect

    def connect_after_gate(self):
        gate.wait()
        return connect(self)

    base.connect = connect_after_gate


def prepare_sqlite(connection, **_):
    """Set what OPTIONS cannot say in every version of Django. FULL: with NORMAL, a power cut
    takes acknowledged writes with it."""
    if family(connection.settings_dict.get("ENGINE") or "") != "sqlite":
        return
    name = str(connection.settings_dict.get("NAME") or "")
    if ":memory:" in name or "mode=memory" in name or not name:
        return
    options = connection.settings_dict.get("OPTIONS") or {}
    if "init_command" not in options:
        connection.connection.execute("PRAGMA synchronous=FULL")
        # Left alone where the file cannot be written to, or somebody else is at it just now.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.connection.execute("PRAGMA journal_mode=WAL")
    if VERSION < (5, 1):
        _begin_immediately(connection)


def _begin_immediately(connection):
    """Before Django 5.1: announce writes at the start of a transaction. With ATOMIC_REQUESTS
    every reader would be a writer, so not there."""
    if connection.settings_dict.get("ATOMIC_REQUESTS"):
        return

    def start():
        connection.cursor().execute("BEGIN IMMEDIATE")

    connection._start_transaction_under_autocommit = start
