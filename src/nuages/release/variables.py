"""What every process of an app finds around it, in words: documents are printed from here.

A test holds the names to those that `assemble` gives.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the platform sets: its value in words. A config var of the app wins over
    it, unless it is `reserved`."""

    name: str
    value: str
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """A place that an app finds, and what may be done with it."""

    path: str
    use: str


VARIABLES = (
    Variable("PORT", "`8080`", reserved=True),
    Variable("DJANGO_SETTINGS_MODULE", "the settings module that was found"),
    Variable(
        "DJANGO_CONFIGURATION",
        "the class that was found, where settings are classes of django-configurations",
    ),
    Variable(
        "NUAGES_CONFIGURED_BY",
        "for a project of one file, instead of the two above: the module that configures Django",
        reserved=True,
    ),
    Variable(
        "SECRET_KEY", "50 random URL-safe characters, the app's own, the same over all releases"
    ),
    Variable("DATABASE_URL", "`sqlite:////data/db.sqlite3`"),
    Variable("ALLOWED_HOSTS", "the app's host names, separated by commas"),
    Variable("DOMAIN", "the first of them"),
    Variable(
        "NUAGES_URL",
        "the app's address, without a slash at the end: `http://polls.localhost:8000`",
        reserved=True,
    ),
    Variable("DOMAIN_ALIASES", "the others, separated by commas"),
    Variable("DOMAIN_REDIRECTS", "empty in this version"),
    Variable("SECURE_SSL_REDIRECT", "`False` without TLS, else `True`"),
    Variable("DJANGO_DEBUG", "`False`"),
    Variable("STATSD_HOST", "`127.0.0.1`: StatsD is received there"),
    Variable("STATSD_PORT", "`9125`, by UDP and TCP"),
    Variable("PYTHON_VERSION", "`3.12.1`, as in the official images of Python"),
    Variable("WEB_CONCURRENCY", "how many worker processes a web instance has"),
    Variable("NUAGES_APP", "the app: `polls`", reserved=True),
    Variable("NUAGES_ENVIRONMENT", "the environment of it: `live`", reserved=True),
    Variable("NUAGES_RELEASE", "the release: `v42`", reserved=True),
)
DIRECTORIES = (
    Directory("/app", "the source; can be written, and is fresh at each restart"),
    Directory("/venv", "the packages; read-only"),
    Directory("/data", "the app's own, kept; the database and uploads (`/data/media`) lie here"),
    Directory("/tmp", "fresh at each restart"),  # noqa: S108 a place inside of the sandbox
)
