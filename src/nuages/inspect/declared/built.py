"""Rules that need the project built, or its app started: `nuages check --build` asks them."""

from __future__ import annotations

from nuages.core.finding import Severity
from nuages.inspect.declared.kinds import after_boot, after_build

NOT_BUILT = after_build(
    Severity.ERROR,
    "E030",
    "The project cannot be built",
    "Its packages could not be installed, its settings not be loaded, or its static files not be "
    "collected. A deployment would end at the same place.",
    "Mend what the error names: nuages explain CODE",
)
NOT_STARTED = after_boot(
    Severity.ERROR,
    "E031",
    "The app does not start, or does not answer",
    "Its migrations ran on an empty database and its processes were started in a sandbox, as a "
    "deployment does it. A deployment would end at the same place.",
    "Mend what the error names: nuages explain CODE",
)
NOT_EXAMINED = after_build(
    Severity.ERROR,
    "E032",
    "Django's checks could not be run",
    "The built project was loaded, to ask Django about it, and that failed.",
    "Mend what the error names; `python manage.py check` shows it too.",
)
MIGRATIONS_MISSING = after_build(
    Severity.WARNING,
    "W120",
    "Models have changed without a migration",
    "The database keeps its former shape, and queries of what has changed fail.",
    "Make the migrations, and commit them: python manage.py makemigrations",
)
NO_SHELL = after_build(
    Severity.INFO,
    "W242",
    "A command needs a shell, and the image has none",
    "An image on the base `bare` holds libraries and an interpreter, no programs. On this machine "
    "the app runs beside the machine's own; in a container the command would not be found.",
    'Name a base with a shell in deploy.toml: [build] base = "debian@12"',
)
SEEN_AT_BUILD = after_build(
    Severity.WARNING,
    "W121",
    "Something was noticed while the settings were loaded",
    "The project was loaded as in production, without a database and without hidden variables.",
    "Read what it says; a release may be refused for it.",
)
NEEDED = after_build(
    Severity.WARNING,
    "W122",
    "A variable is needed, and has no default",
    "The settings do not load without it. A deployment is refused as long as it is not set.",
    "Set it: nuages config APP set NAME=VALUE; here: nuages check --build --set NAME=VALUE",
)
