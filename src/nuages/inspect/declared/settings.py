"""Rules about settings that are not fit for the public."""

from __future__ import annotations

from nuages.inspect.declared.kinds import remark, warning

SECRET_KEY = warning(
    "W010",
    "Secret key error: SECRET_KEY is written in the settings",
    "Whoever reads the code can sign sessions. The overlay uses a key of the platform's own.",
    "Read SECRET_KEY from environment variable: SECRET_KEY = os.environ['SECRET_KEY']",
    strict=True,
)
DEBUG = warning(
    "W011",
    "DEBUG is always on",
    "With DEBUG, errors show settings and code to everybody. The overlay switches it off.",
    "Write: DEBUG = os.environ.get('DJANGO_DEBUG') == 'True'",
    strict=True,
)
ALLOWED_HOSTS = warning(
    "W012",
    "ALLOWED_HOSTS is empty",
    "With DEBUG off Django then answers 400 to everything. The overlay fills in the domains.",
    "Write: ALLOWED_HOSTS = os.environ.get('ALLOWED_HOSTS', '').split(',')",
    strict=True,
)
STATIC_ROOT = warning(
    "W013",
    "Static files not found: there is no STATIC_ROOT",
    "collectstatic fails without it. The overlay gives it a folder.",
    "Add whitenoise and set STATIC_ROOT = BASE_DIR / 'staticfiles'",
    strict=True,
)
SQLITE = warning(
    "W014",
    "Database not persisting: the SQLite file lies beside the code",
    "Everything outside of /data is fresh at each restart. The overlay moves the database there.",
    "Use DATABASE_URL env var pointing to /data/db.sqlite3",
    strict=True,
)
OTHER_ENGINE = warning(
    "W015",
    "The settings name a database that the app does not get",
    "The app gets SQLite in /data unless it asks for another engine.",
    "Ask for it in deploy.toml: [database] engine",
)
FIXED_HOSTS = remark(
    "W016",
    "ALLOWED_HOSTS is a fixed list",
    "The overlay adds the app's domains to it.",
    "To keep the project's list alone, write in deploy.toml: [settings] keep = ['ALLOWED_HOSTS']",
)
FOLDER_MADE = remark(
    "W160",
    "A folder that the settings write to is not in the source",
    "git keeps no empty folders. Nuages makes it before anything of the project runs, and keeps "
    "what is written there in the app's volume, unless it is for logs, caches or temporary files.",
    "Nothing has to be done. To choose the place yourself, name a folder below /data.",
)
NO_MAIL_SERVER = remark(
    "W052",
    "Mail is delivered once its server is named",
    "The settings do not load without variables about mail. As long as none is set they have "
    "Django's own defaults, so mail goes to a server on the app's own host, where there is none.",
    "Name the server: nuages config APP set NAME=VALUE",
)
ANY_HOST = warning(
    "W110",
    "ALLOWED_HOSTS admits every host",
    "Django then believes whatever name a request gives, also in the links of mails that reset a "
    "password. The overlay takes the app's domains instead.",
    "Write: ALLOWED_HOSTS = os.environ.get('ALLOWED_HOSTS', '').split(',')",
    strict=True,
)
MEDIA = warning(
    "W111",
    "Uploads are kept beside the code",
    "Everything outside of /data is fresh at each restart. The overlay moves uploads there.",
    "Set MEDIA_ROOT = '/data/media/'",
    strict=True,
)
WRITTEN_SECRET = warning(
    "W119",
    "A key of another service is written in the settings",
    "Whoever reads the code can use the service in your name, and the code's history keeps it.",
    "Make the key invalid where it comes from, and give the new one by a config var: "
    "nuages config APP set NAME=VALUE",
)
