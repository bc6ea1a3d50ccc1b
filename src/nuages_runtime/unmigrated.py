"""Migrations that a project has forgotten to commit, made in the release's own copy of the code,
so that a new database has what the models need.

Only for apps of which the database has seen no migration: what it has seen before, a later
deployment cannot tell from what would be made now. So columns that are added afterwards are not
made, and each deployment says what to commit.
"""

import importlib
import io
import os

from nuages_runtime.overlay.document import warned

_FIX = "run manage.py makemigrations, and commit what it writes"
_MERGE = "run manage.py makemigrations --merge, and commit what it writes"
# Of the differences between models and migrations, those without which a page fails.
_NEEDED = ("CreateModel", "AddField", "RenameField", "RenameModel", "RemoveField", "DeleteModel")


def make_migrations(alias, source):
    """Make what is missing for the database `alias`, in the apps of the project at `source`.
    Never an error of its own: what cannot be made is said."""
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    labels = _own_labels(source)
    if not labels:
        return
    loader = MigrationLoader(connections[alias])
    conflicts = sorted(label for label in loader.detect_conflicts() if label in labels)
    applied = {app for app, _ in loader.applied_migrations}
    try:
        if conflicts:
            _merge(conflicts)
            loader.build_graph()
        new = [label for label in labels if label not in applied]
        if new:
            _write(loader, new)
        _warn_of_old(loader, labels, applied)
    except (Exception, SystemExit) as error:
        warned("Migrations are missing and could not be made ({}): {}".format(error, _FIX))


def _own_labels(source):
    """The apps of the project's own that have models and may have migrations."""
    from django.apps import apps
    from django.conf import settings

    inside = os.path.join(os.path.realpath(source), "")
    off = [label for label, module in settings.MIGRATION_MODULES.items() if module is None]
    return [
        config.label
        for config in apps.get_app_configs()
        if (os.path.realpath(config.path) + "/").startswith(inside)
        and config.label not in off
        and any(model._meta.managed for model in config.get_models())
    ]


def _merge(labels):
    from django.core.management import call_command

    call_command(
        "makemigrations", *labels, merge=True, interactive=False, verbosity=0, stdout=io.StringIO()
    )
    importlib.invalidate_caches()
    warned("Two migrations follow the same one in {}; {}".format(", ".join(labels), _MERGE))


def _write(loader, labels):
    from django.utils import translation

    language = translation.get_language()
    # As makemigrations does: names of models in another language would be changes of theirs.
    translation.deactivate_all()
    try:
        changes = _missing(loader, labels)
    finally:
        if language is not None:
            translation.activate(language)
    for migration in (each for migrations in changes.values() for each in migrations):
        _write_one(migration)
    if changes:
        importlib.invalidate_caches()
        warned("Migrations of {} are missing: {}".format(", ".join(sorted(changes)), _FIX))


def _missing(loader, labels):
    """Migrations by app for what the models have and the migrations do not."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState

    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        # Takes nothing for a default: a new table has no rows to put it into.
        MigrationQuestioner(specified_apps=labels),
    )
    changes = detector.changes(
        graph=loader.graph, trim_to_apps=set(labels), convert_apps=set(labels)
    )
    made = {
        label: migrations
        for label, migrations in changes.items()
        if label in labels
        and any(type(step).__name__ in _NEEDED for m in migrations for step in m.operations)
    }
    for migration in (each for migrations in made.values() for each in migrations):
        migration.dependencies = _there(migration, changes, made, loader.graph)
    return made


def _there(migration, changes, made, graph):
    """What a migration follows: instead of one that is not made, of a package, say, the newest of
    that app that there is."""
    found = []
    for app, name in migration.dependencies:
        unmade = app in changes and app not in made
        if unmade and name in [each.name for each in changes[app]]:
            found += graph.leaf_nodes(app)
        else:
            found.append((app, name))
    return found


def _write_one(migration):
    from django.db.migrations.writer import MigrationWriter

    writer = MigrationWriter(migration)
    folder = os.path.dirname(writer.path)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "__init__.py"), "a"):
        pass
    text = writer.as_string()
    # Bytes before Django 2.0.
    with open(writer.path, "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode("utf-8"))


def _warn_of_old(loader, labels, applied):
    """Say which apps the database has seen migrations of that are not in the code: columns that
    were added since are not made."""
    old = [label for label in labels if label in applied and label in loader.unmigrated_apps]
    if old:
        warned("Migrations of {} are missing: {}".format(", ".join(sorted(old)), _FIX))
