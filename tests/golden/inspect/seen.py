"""What was seen in real projects, each with what covers it: shapes, or the test of what only a
build or a running app can show. `test_projects.py` holds that nothing is missing on either side."""

from __future__ import annotations

from collections.abc import Mapping

# From the most frequent to the rarest; the first half are shapes, the second is what goes wrong.
SEEN: Mapping[str, tuple[str, ...]] = {
    "several files that look like settings": ("base-local-production", "nested", "configurations"),
    "manage.py at the root, in a folder, several, none": (
        "flat", "one-level-down", "all-one-level-down", "three-levels-down", "several",
        "beside-an-example", "console-script", "wsgi-only", "asgi-only", "src", "doubled-name",
        "manage-is-a-link", "carriage-returns", "no-project",
    ),
    "the environment is read by the standard library and by each package for it": (
        "environ", "environs", "decouple", "dotenv", "dj-database-url", "configurations",
        "split-settings", "pydantic", "configparser", "many-variables",
    ),
    "everything is written into the settings": ("hard-coded",),
    "each database, one in memory, none": (
        "postgres", "mysql", "geodjango", "sqlite-in-the-code", "database-in-memory", "no-database",
    ),
    "a Procfile, a Dockerfile, an example of the variables": (
        "procfile", "procfile-without-web", "procfile-with-steps", "procfile-for-a-shell",
        "compose", "dotenv",
    ),
    "static files by whitenoise, with hashed names, by somebody else": (
        "flat", "manifest", "no-whitenoise",
    ),
    "a front end whose build is not in the repository": (
        "backend-and-frontend", "monorepo", "manifest", "page-of-a-front-end", "front-end",
        "front-end-of-webpack",
    ),
    "requirements in one file, in a folder, by pip-tools, with hashes and limits": (
        "flat", "requirements-folder", "requirements-prod", "in-beside-txt", "chain",
        "chain-in-a-circle", "hashes", "utf-16", "misspelt",
    ),
    "uv: an app, a package, a workspace": ("uv", "uv-app", "uv-package", "uv-workspace"),
    "Poetry, PDM, Pipenv, pylock": (
        "poetry", "poetry-1", "poetry-unlocked", "pdm", "pipenv", "pipenv-unlocked", "pylock",
    ),
    "pyproject.toml alone": ("bare-pyproject", "dynamic-dependencies", "tools-only-pyproject"),
    "setup.py or setup.cfg alone, and conda": ("setup-script", "setup-cfg", "conda"),
    "several systems side by side, and none": ("several-systems", "nothing-declared"),
    "manage.py and wsgi.py name different settings": (
        "base-local-production", "wsgi-and-asgi-differ", "only-development-named", "tests-branch",
        "another-command-branch",
        "assigned-outright", "from-outside", "computed-settings", "empty-settings-package",
    ),
    "ASGI offered, and ASGI needed": ("asgi-not-needed", "channels", "asgi-only", "example-chat"),
    "task queues": (
        "celery-and-beat", "rq", "huey", "dramatiq", "django-q", "procrastinate", "django-tasks",
        "example-worker",
    ),
    "each place that states the version of Python": (
        "python-version", "runtime-txt", "tool-versions", "odd-python", "pipenv", "poetry", "uv",
    ),
    "packages from git, archives and folders": ("git-address",),
    "settings to be copied from an example": ("copy-the-example", "production-imports-local"),
    "settings in a JSON or INI file": (
        "read-from-an-example", "read-from-nowhere", "key-from-a-file", "configparser",
    ),
    "only an old Python runs it": ("python-2", "poetry-1"),
    "settings, URLs and WSGI without a package": ("wsgi-at-the-top",),
    "files that should not have been committed": ("committed-leftovers",),
    "a library with its sandbox": ("library-with-sandbox",),
    "a template of projects": ("template", "startproject-template"),
    "manage.py with commands of its own": ("own-commands",),
    "settings that only an overlay can change": ("hard-coded", "tests/runtime"),
    "variables with names of their own": ("postgres", "mysql", "environ"),
    "STATIC_ROOT missing, empty, outside": (
        "no-static-root", "empty-static-root", "static-root-outside",
    ),
    "a package that is imported and not declared": ("imports-what-is-not-declared",),
    "options for pip, another index": ("pip-options",),
    "what pip freeze writes on a machine of another kind": ("pip-freeze",),
    "every version left open": ("unpinned-old", "open-versions-of-2019"),
    "no dependency file, but a note of Django's": ("generated-and-nothing-declared",),
    "named settings that do not exist": ("named-module-is-missing",),
    "no WSGI module": ("no-wsgi",),
    "ALLOWED_HOSTS from the variable of another platform": ("hosts-of-another-platform",),
    "every request is sent on to HTTPS": ("secure-redirect", "tests/runtime"),
    "no migrations, a table for the cache": ("no-migrations", "database-cache", "uv"),
    "a whole project in one file": ("one-file",),
    "node_modules as static files": ("static-from-node-modules",),
    "odd encodings and sizes": ("latin-1", "byte-order-mark", "huge-settings"),
    "packages of the system are needed": ("geodjango", "mysqlclient", "aptfile"),
    "packages and Pythons stated in rarer places": ("dev-group",),
    "dependencies only in a group, an extra or a list for development": (
        "uv-group-only", "development-list-only",
    ),
    "a project as it should be": ("example-polls", "example-guestbook"),
    "folders that must exist": ("folders-that-must-exist", "tests/runtime"),
    "git is asked for the commit": ("commit-of-git",),
    "pages that are absent by design": ("tests/e2e",),
}  # fmt: skip
