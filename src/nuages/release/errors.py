"""What can go wrong while a release is put together and its release commands run."""

from nuages.core.errors import EXIT_PROJECT, EXIT_USAGE, ErrorCode

BAD_COMMAND = ErrorCode(
    "release.E001",
    "A command cannot be run as it is written",
    "Write one program with its arguments; what needs a shell belongs into a script: "
    'worker = "bash bin/worker.sh"',
    "Commands of the Procfile and of deploy.toml are split into words and run without a shell.",
    exit_code=EXIT_PROJECT,
)
UNKNOWN_PROCESS = ErrorCode(
    "release.E002",
    "The app has no such process type",
    "`nuages ps APP` lists its process types; a new one is declared in the Procfile.",
    exit_code=EXIT_USAGE,
)
COMMAND_FAILED = ErrorCode(
    "release.E010",
    "A release command failed",
    "Mend what the lines above show and deploy again; `nuages run APP -- COMMAND` tries it out.",
    "Release commands run once for a deployment, in the new code, before any traffic. The old "
    "release goes on serving.",
)
MIGRATION_FAILED = ErrorCode(
    "release.E011",
    "A migration failed",
    "Mend the migration that the lines above name and deploy again.",
    "The migrations before it were applied, as Django does; on SQLite and PostgreSQL the one "
    "that failed was undone as a whole. The old release goes on serving.",
)
CHECKS_FAILED = ErrorCode(
    "release.E012",
    "Django's system checks found errors",
    "Mend what the lines above name; `python manage.py check` shows the same.",
    exit_code=EXIT_PROJECT,
)
RUNNER_FAILED = ErrorCode(
    "release.E013",
    "The new code could not be started for its release commands",
    "Mend what the lines above show and deploy again.",
)
STATIC_FAILED = ErrorCode(
    "release.E014",
    "Static files could not be sent to where they are kept",
    "Mend what the lines above show: the bucket's name, its keys, or the way there. `nuages run "
    "APP -- python manage.py collectstatic` tries it out.",
    "The settings keep static files at a storage without a folder, so `collectstatic` runs in each "
    "release, before any traffic. The old release goes on serving.",
)
