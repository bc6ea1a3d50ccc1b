"""Rules about what the project's own code and templates do once they run."""

from __future__ import annotations

from nuages.inspect.declared.kinds import remark, warning

WRITES_BESIDE = warning(
    "W112",
    "The code writes files beside itself",
    "Everything outside of /data is fresh at each restart, and each instance has its own.",
    "Write below /data: open it by settings.MEDIA_ROOT, or by a path from a config var.",
)
STATIC_REFERENCE = warning(
    "W117",
    "Static files not found: a template names a file that is in no static folder",
    "The browser gets 404 for it. With a storage that has a manifest every page with the template "
    "is an error 500, once the overlay is off.",
    "Correct the name, or add the file to a folder of static files.",
)
NO_MIGRATIONS = warning(
    "W118",
    "An app with models has no migrations",
    "Nuages makes the tables of a new database without them, and cannot change them when a model "
    "changes later.",
    "Make them, and commit them: python manage.py makemigrations APP",
    strict=True,
)
ONLY_POSTGRES = warning(
    "W152",
    "The project runs on PostgreSQL only",
    "Its migrations or its database's engine use what PostgreSQL alone has, and fail on SQLite, "
    "the platform's own database. Without a config var that says where a PostgreSQL is, a "
    "deployment is refused.",
    "Say where it is: nuages config APP set DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/NAME",
)
ASKS_GIT = remark(
    "W240",
    "The code asks git for its commit",
    "A repository's records, .git, are no part of an app. Without them raven, GitPython and git "
    "itself fail, often while the settings are loaded. The app gets records of that one commit, "
    "without its history, tags, author and date.",
    "Nothing has to be done. To do without git, read the version from a file or a config var.",
)
