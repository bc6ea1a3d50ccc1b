"""Which database the app gets, and which one its settings speak of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nuages.core.facts import Fact, VariableRead
from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.facts.settings import SettingsRead
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, parent

DEFAULT = "sqlite"
_ENGINES = {
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "postgresql": "postgres",
    "postgresql_psycopg2": "postgres",
    "psycopg2": "postgres",
    "postgis": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
}
# Columns, constraints and indexes whose SQL no other database understands; Django passes over
# extensions and takes any name of a type (django/contrib/postgres, the schema editor of SQLite).
_POSTGRES = re.compile(rb"\b(ArrayField|ExclusionConstraint|SearchVector)\(")
_PACKAGE = b"django.contrib.postgres"
# A migration that asks which database it runs on, and does the right thing.
_ASKS = re.compile(rb"\.vendor\b|sqlite|[\"']ENGINE[\"']|\.backends\.postgres", re.IGNORECASE)
# Engines of packages that are made for PostgreSQL: a schema for each tenant, its own statements.
_OTHER_ENGINES = re.compile(
    r"""["']((?:django_tenants|tenant_schemas)\.postgresql_backend|psqlextra\.backend)["']"""
)
_ASIDE = re.compile(r"(?:^|/)(?:tests?|examples?|docs)/")


@dataclass(frozen=True, slots=True)
class DatabaseRead:
    """What the settings say of DATABASES["default"]: `engine` as the platform names it, empty
    where only running them would tell; `path` of an SQLite file below /app."""

    engine: str = ""
    path: str = ""
    file: str = ""
    line: int = 0


def find_database(said: Said, variables: tuple[VariableRead, ...], read: DatabaseRead) -> Fact[str]:
    """The engine that the app gets: what deploy.toml asks for, else SQLite."""
    if said.config.engine:
        return said.fact(said.config.engine, "database.engine")
    url = next((each for each in variables if each.name == "DATABASE_URL"), None)
    if url is not None:
        reason = "the default; the settings read DATABASE_URL"
        return Fact(DEFAULT, reason, "default", url.file, url.line)
    if read.engine:
        reason = f"the default; the settings name {read.engine}"
        return Fact(DEFAULT, reason, "default", read.file, read.line)
    return Fact(DEFAULT, "the default", "default")


def read_database(read: SettingsRead) -> DatabaseRead:
    """What the settings' DATABASES says, as far as it is literal."""
    assigned = read.assigned.get("DATABASES")
    if assigned is None:
        return DatabaseRead()
    if assigned.sometimes:
        return DatabaseRead(file=assigned.file, line=assigned.line)
    try:
        databases = evaluate(assigned.node, assigned.file, read.expressions())
    except UnknownValueError:
        return DatabaseRead(file=assigned.file, line=assigned.line)
    default = databases.get("default") if isinstance(databases, dict) else None
    if not isinstance(default, dict):
        return DatabaseRead(file=assigned.file, line=assigned.line)
    backend = str(default.get("ENGINE", "")).rpartition(".")[2]
    engine = _ENGINES.get(backend, "")
    name = default.get("NAME", "")
    path = str(_absolute(name)) if engine == "sqlite" and name else ""
    return DatabaseRead(engine, path, assigned.file, assigned.line)


def _absolute(name: object) -> PurePosixPath | str:
    text = str(name)
    if text.startswith((":memory:", "file:")):
        return text
    return APP / text


def find_only_engine(tree: Tree, migrations: Sequence[str], read: SettingsRead) -> Fact[str]:
    """The only engine that the settings' own can be replaced by, or that the migrations of
    installed apps can run on: `postgres`, or empty where nothing is bound to one. Only what surely
    fails elsewhere counts."""
    any_database = Fact("", "no migration is bound to one database", "default")
    for path in read.files:
        named = _OTHER_ENGINES.search(tree.text(path))
        if named:
            line = tree.text(path).count("\n", 0, named.start()) + 1
            reason = f"the settings name {named[1]}, which is made for PostgreSQL"
            return Fact("postgres", reason, file=path, line=line)
    if "MIGRATION_MODULES" in read.assigned:
        return any_database
    settings = " ".join(tree.text(path) for path in read.files)
    for path in migrations:
        content = tree.read(path)
        found = _POSTGRES.search(content) if _PACKAGE in content else None
        app = parent(parent(path)).rpartition("/")[2]
        installed = re.search(rf"\b{re.escape(app)}\b", settings) is not None
        if found and installed and not _ASKS.search(content) and not _ASIDE.search(path):
            line = content.count(b"\n", 0, found.start()) + 1
            reason = f"{path} uses {found[1].decode()} of django.contrib.postgres"
            return Fact("postgres", reason, file=path, line=line)
    return any_database
