"""What a project has to be like to be deployed as it is: what no rule of inspection declares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One side of a project, and what is asked of it, in Markdown."""

    title: str
    points: tuple[str, ...]


WORKFLOW = (
    "Check: `nuages check PATH --strict --json`. Exit code 0: go on with 3. Exit code 3: the list "
    "`findings` says what to change.",
    "Fix: `nuages fix PATH --strict` mends what a program can, and shows the diff; then mend "
    "each finding that is left and whose `severity` is `error`: in its `file`, at its `line`, as "
    "its `fix` says. `nuages explain CODE` says why. Change nothing else. Go back to 1.",
    "Plan: `nuages plan PATH` shows every decision with its reason. Where one is wrong, say the "
    "right value in `deploy.toml`.",
    "Deploy: `nuages deploy PATH --app NAME --json`; `url` is the site. A failure leaves the "
    "former release serving, and stderr has `code`, `detail`, `hint` and `details` (the last log "
    "lines).",
    "Look: `nuages logs NAME -n 50`, `nuages events NAME`; "
    "`nuages settings NAME` lists what was changed to make the settings fit.",
)

LAYOUT = (
    ("manage.py", "required, at the top"),
    ("requirements.txt", "required; or the lock of uv, Poetry, PDM or Pipenv"),
    ("mysite/settings.py", "required; beside it `__init__.py` and `urls.py`"),
    ("mysite/wsgi.py", "required, standard content; `asgi.py` where ASGI is used"),
    ("APP/migrations/", "required for each app with models"),
    ("deploy.toml", "optional, see below"),
    ("Procfile", "optional; lines `process: command`"),
)

TOPICS = (
    Topic(
        "Packages",
        (
            "Every package that the code imports is named, with a version (`Django~=5.2.0`), and "
            "at least django (4.2 or newer), gunicorn, dj-database-url, whitenoise.",
            "Python is 3.12 unless `.python-version`, `requires-python` or `[build] python` says "
            "otherwise.",
        ),
    ),
    Topic(
        "Settings",
        (
            "What differs between places comes from the environment: `SECRET_KEY`, `DJANGO_DEBUG`, "
            "`ALLOWED_HOSTS`, `DATABASE_URL`. No secret stands in the code.",
            "A variable of the project's own that has no default must be given: "
            "`nuages deploy PATH --set NAME=VALUE`, later `nuages config APP set NAME=VALUE`.",
            "The image is built without network, database and secrets: importing a module makes no "
            "query and no request.",
            "`CSRF_TRUSTED_ORIGINS`, the proxy's header and secure cookies are the platform's.",
        ),
    ),
    Topic(
        "Database",
        (
            "SQLite in `/data/db.sqlite3`, by `DATABASE_URL`. Only `/data` is kept over a restart.",
            "Migrations are part of the source; `makemigrations` is no release command.",
            "Another database runs elsewhere: name its driver among the packages and set "
            "`DATABASE_URL`; `[database] engine` knows only `sqlite` in this version.",
        ),
    ),
    Topic(
        "Static files",
        (
            "`STATIC_ROOT = BASE_DIR / 'staticfiles'`, and WhiteNoise's middleware right below "
            "SecurityMiddleware. `collectstatic` runs when the image is built.",
            "Every file that a template or stylesheet names exists.",
        ),
    ),
    Topic(
        "Uploads",
        (
            "`MEDIA_ROOT = '/data/media/'`, `MEDIA_URL = '/media/'`; served without a URL pattern. "
            "Nothing is written beside the code.",
        ),
    ),
    Topic(
        "Processes",
        (
            "`web` needs no command: gunicorn serves WSGI_APPLICATION, uvicorn an ASGI project. "
            "One that is named listens on `$PORT`.",
            "Workers are named in `[processes]`, or in the Procfile.",
            "Commands of deploy.toml run without a shell: no `|`, `>`; `$NAME` is put in.",
        ),
    ),
    Topic(
        "Release commands",
        (
            "`[startup] commands` (at most 10, of at most 500 characters) or `release:` in the "
            "Procfile run once per deployment, before traffic; one that fails ends it. Without "
            "any, `migrate --noinput` runs. `collectstatic` is recognised as done.",
        ),
    ),
    Topic(
        "Health",
        (
            "Before the switch the path of `[health]` is asked: any answer is good but 400 and "
            "5xx. By default it is a health check that the URLconf has (`/healthz`), else `/`, "
            "else the first page that takes no argument.",
        ),
    ),
    Topic(
        "Do not include",
        (
            "A Dockerfile, `.env` and other secrets, `.git/`, `node_modules/`, `__pycache__/`, "
            "`venv/`, `.venv/`, `db.sqlite3`, `staticfiles/`, `media/`: they are left out.",
        ),
    ),
)

CHECKLIST = (
    "`manage.py` and the packages' file are at the top, `wsgi.py` is beside the settings",
    "every imported package is named, gunicorn, dj-database-url and whitenoise too",
    "`SECRET_KEY`, `DEBUG`, `ALLOWED_HOSTS` and the database come from the environment",
    "`STATIC_ROOT` is set, every static file that is named exists, uploads go to `/data/media/`",
    "migrations are complete; no secrets, databases or environments lie in the project",
    "`nuages check --strict` ends with exit code 0",
)
