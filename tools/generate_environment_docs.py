"""Writes docs/reference/environment-variables.md from the declarations in nuages.release."""

from __future__ import annotations

import sys

from nuages.release.variables import DIRECTORIES, VARIABLES
from tools.pages import NOTICE, run, table

PAGE = "docs/reference/environment-variables.md"
HEAD = """# Environment variables

## What an app finds

Every process of an app has these, release commands and `nuages run` too. An app's own config vars
win over them, except over the reserved ones; what they say in `PATH` and `PYTHONPATH` comes behind
the platform's folders.

"""
MIDDLE = """
A name of the project's own has the same value where the settings show what it is for:
`SECRET_KEY = os.environ["SHOP_KEY"]`, `DATABASES = {"default": env.db("DB_URL")}`,
`ALLOWED_HOSTS = env.list("HOSTS")`, and `DEBUG`, one host or the origins of `CSRF_TRUSTED_ORIGINS`
and `CORS_ALLOWED_ORIGINS` where they have no default. `SITE_URL`, `BASE_URL`, `SITE_ROOT` and their
like are the app's address where their default is one of `localhost`.

Variables without which the settings do not load have a value, as long as no config var names one
of them, where the app can do without: Django's own defaults of `EMAIL_HOST` and other settings
about mail, `SITE_ID`, `TIME_ZONE` and their like, `admin/` as `ADMIN_URL`, no address for reports
of errors (`SENTRY_DSN`), the parts of a database's address
(`DB_NAME`, `POSTGRES_HOST`), in whose place the app has `DATABASE_URL`, and the address of a Redis,
a cache or a broker (`REDIS_URL`, `CELERY_BROKER_URL`) on the app's own host, where there is none:
caches are kept in memory then, and tasks cannot be queued.

Other names that begin with `NUAGES_` or `LISTEN_` are reserved too, and for the platform's own use,
but for `NUAGES_SERVER_CLASS`, which chooses
[the server](../how-to/run-the-image-elsewhere.md#the-server).

While an app is built there is no network, no database and no secret: `DATABASE_URL` is an empty
SQLite, `SECRET_KEY` a placeholder, and only config vars that are not hidden are there.

## What an app finds around it

"""
# Read by src/nuages/cli: home.py, preparation.py, output.py; by src/nuages/build/bases and
# src/nuages/build/registry.
COMMAND_LINE = {
    "NUAGES_HOME": "the state directory; default `/var/lib/nuages` for root, else "
    "`~/.local/share/nuages`",
    "NUAGES_HTTP_ADDRESS": "the IP address that the proxy listens on; default: all",
    "NUAGES_BASES": "where the bases of images lie that all homes share; default "
    "`/var/cache/nuages/bases` for root, else `~/.cache/nuages/bases`",
    "NUAGES_DEBIAN_MIRROR": "the mirror that packages of Debian are taken from; its security "
    "updates are beside it, with `-security`",
    "NUAGES_UBUNTU_MIRROR": "the mirror that packages of Ubuntu are taken from",
    "NUAGES_REGISTRY": "the registry of images whose name has none: a host, or a host and the "
    "beginning of a path",
    "NUAGES_REGISTRY_USER": "the user there",
    "NUAGES_REGISTRY_PASSWORD": "the user's password",
    "NUAGES_REGISTRY_PASSWORD_FILE": "a file that holds it, instead",
    "NUAGES_INSECURE_REGISTRIES": "registries that are talked to by http, separated by commas",
    "SSL_CERT_FILE": "the authorities whose certificates of registries are trusted; default: the "
    "system's",
    "NO_COLOR": "no colours",
}


def make_page() -> str:
    """The whole page."""
    rows = [
        [f"`{one.name}`", f"{one.value}; reserved" if one.reserved else one.value]
        for one in VARIABLES
    ]
    places = [[f"`{place.path}`", place.use] for place in DIRECTORIES]
    read = [[f"`{name}`", meaning] for name, meaning in COMMAND_LINE.items()]
    return "".join(
        [
            NOTICE.format(source="src/nuages/release/variables.py"),
            HEAD,
            table(["variable", "value"], rows),
            MIDDLE,
            table(["directory", "what"], places),
            "\n## What the command line reads\n\n",
            table(["variable", "what"], read),
        ]
    )


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
