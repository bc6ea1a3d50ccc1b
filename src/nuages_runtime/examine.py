"""Django's word on a built project: all of its checks, those for deployments too, and the changes
of models that no migration makes. Left in report.json in the exchange folder."""

import os
import sys
import traceback

from nuages_runtime import report
from nuages_runtime.release import set_up, told


def main(source=report.SOURCE, exchange=report.EXCHANGE):
    """Ask Django and report; returns the exit code."""
    sys.argv[:] = ["manage.py", "check", "--deploy"]
    found = {"checks": [], "migrations": [], "error": None}
    step = "setup"
    try:
        set_up()
        step = "check"
        found["checks"] = _checks()
        step = "makemigrations"
        found["migrations"] = _changes(source)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        found["error"] = report.explain(error, step, source)
    report.write(found, exchange)
    return 1 if found["error"] else 0


def _checks():
    from django.core import checks

    messages = checks.run_checks(include_deployment_checks=True)
    return [told(message) for message in messages if not message.is_silenced()]


def _changes(source):
    """The operations that `makemigrations` would write for apps of the project, by app."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    own = {
        config.label
        for config in apps.get_app_configs()
        if os.path.realpath(config.path).startswith(os.path.join(source, ""))
    }
    if not own & loader.migrated_apps:
        return []
    questioner = NonInteractiveMigrationQuestioner(specified_apps=own, dry_run=True)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), questioner
    )
    changes = detector.changes(graph=loader.graph)
    return [
        {"app": label, "operation": operation.describe()}
        for label in sorted(changes)
        if label in own & loader.migrated_apps
        for migration in changes[label]
        for operation in migration.operations
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
