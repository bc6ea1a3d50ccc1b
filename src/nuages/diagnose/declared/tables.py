"""Causes of tables and columns that are not there, or there already."""

from __future__ import annotations

from nuages.diagnose.cause import Cause, Found, Values, raised, said

_KINDS = "OperationalError|ProgrammingError|UndefinedTable|UndefinedColumn"
_TABLE = (
    raised(_KINDS, r"no such table: (?:main\.)?(?P<table>\S+)"),
    raised(_KINDS, r'relation "(?P<table>[^"]+)" does not exist'),
    raised(_KINDS, r"\(1146, \"Table '(?:[^'.]+\.)?(?P<table>[^']+)' doesn't exist\""),
)

# What an instance says after the release's migrations went well.
_UNMIGRATED = "migrations are not applied, so tables may be missing"


def _label(table: str, found: Found) -> str:
    """The label of the project's app that a table is of, with a space before it: the longest one
    that it begins with. Empty where there is none, and then the fix is for all of them."""
    tops = {name.rpartition(".")[2] for name in found.context.modules}
    words = table.split("_")
    labels = ("_".join(words[:count]) for count in range(len(words) - 1, 0, -1))
    return next((f" {label}" for label in labels if label in tops), "")


def _imported(found: Found) -> Values | None:
    """Where the query is made at the top level of a module of the project's."""
    frames = found.output.frames
    if not frames or frames[-1].name != "<module>" or "migrations/" in frames[-1].file:
        return None
    return {"place": f"{frames[-1].file}:{frames[-1].line}"}


def _of_app(found: Found) -> Values | None:
    """Not where an instance sees none of the tables that were just made: see ANOTHER_DATABASE."""
    if any(_UNMIGRATED in proof.line for proof in found.output.all):
        return None
    table = found.groups.get("table") or found.groups.get("column", "").rpartition(".")[0]
    return {"label": _label(table, found)}


ANOTHER_DATABASE = Cause(
    "diagnose.C035",
    "The app sees another database than the one that was migrated",
    "Each process of an app starts with the files of the source as they are: what another one "
    "wrote to a database file beside the code, or to one in memory, it does not see.",
    "Keep the file below /data: 'NAME': '/data/db.sqlite3'; or let the overlay do it, without "
    "--no-overlay and without DATABASES in [settings] keep",
    (said(_UNMIGRATED),),
)
QUERY_AT_IMPORT = Cause(
    "diagnose.C030",
    "The code asks the table {table} while it is being imported",
    "Django imports models, forms, views and URLs before it migrates. Before the first migration "
    "there is no table, so the command that would make it fails.",
    "Move the query at {place} into a function; a form's choices may be a callable",
    _TABLE,
    _imported,
)
NO_TABLE = Cause(
    "diagnose.C031",
    "The table {table} is not in the database",
    "Tables are made by migrations. No migration in the source makes this one, or it was recorded "
    "as applied to a database that lost the table.",
    "Make the migrations, keep them in the source, and deploy again: "
    "python manage.py makemigrations{label}",
    _TABLE,
    _of_app,
)
NO_COLUMN = Cause(
    "diagnose.C032",
    "The column {column} is not in the database",
    "A field was added to a model, and no migration that adds its column is in the source.",
    "Make the migration, keep it in the source, and deploy again: "
    "python manage.py makemigrations{label}",
    (
        raised(_KINDS, r"no such column: (?P<column>\S+)"),
        raised(_KINDS, r"column (?P<column>\w+\.\w+) does not exist"),
        raised(_KINDS, r"table (?P<table>\w+) has no column named (?P<column>\w+)"),
        raised(_KINDS, r"\(1054, \"Unknown column '(?P<column>[^']+)'"),
    ),
    _of_app,
)
TABLE_EXISTS = Cause(
    "diagnose.C033",
    "A migration wants to make the table {table}, which is there already",
    "The database was made by other means than by these migrations, or a migration was made anew "
    "after it was applied.",
    "Record the first migrations as applied where their tables are there: "
    "nuages run {app} -- python manage.py migrate --fake-initial",
    (
        raised("OperationalError", r'table "?(?P<table>[^" ]+)"? already exists'),
        raised("ProgrammingError|DuplicateTable", r'relation "(?P<table>[^"]+)" already exists'),
        raised("OperationalError", r"\(1050, \"Table '(?P<table>[^']+)' already exists\""),
    ),
)
COLUMN_EXISTS = Cause(
    "diagnose.C034",
    "A migration wants to add the column {column}, which is there already",
    "The database was changed by other means than by these migrations, or a migration was made "
    "anew after it was applied.",
    "Record the migration as applied: nuages run {app} -- python manage.py migrate --fake "
    "APP_LABEL MIGRATION",
    (
        raised("OperationalError", r"duplicate column name: (?P<column>\S+)"),
        raised(
            "ProgrammingError|DuplicateColumn",
            r'column "(?P<column>[^"]+)" of relation "[^"]+" already exists',
        ),
        raised("OperationalError", r"\(1060, \"Duplicate column name '(?P<column>[^']+)'"),
    ),
)
