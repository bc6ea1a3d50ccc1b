"""What the project's own names of variables are filled with, so that settings which read them
need no config var. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from nuages.core.facts import VariableRead

# What a setting that is read in this way is filled with.
_OWN: Mapping[tuple[str, str], str] = {
    ("SECRET_KEY", "str"): "SECRET_KEY",
    ("DATABASES", "url"): "DATABASE_URL",
    ("ALLOWED_HOSTS", "list"): "ALLOWED_HOSTS",
    ("DEBUG", "bool"): "DJANGO_DEBUG",
    ("DEBUG", "equals:True"): "DJANGO_DEBUG",
    ("ALLOWED_HOSTS", "str"): "DOMAIN",
    ("CSRF_TRUSTED_ORIGINS", "list"): "NUAGES_URL",
    ("CORS_ALLOWED_ORIGINS", "list"): "NUAGES_URL",
    ("CORS_ORIGIN_WHITELIST", "list"): "NUAGES_URL",
}
# Of these a default is the project's word, and what is right the overlay's business.
_ONLY_NEEDED = ("DJANGO_DEBUG", "DOMAIN", "NUAGES_URL")
# The variable that has the app's address, and names under which projects ask for it.
ADDRESS = "NUAGES_URL"
_ADDRESSES = re.compile(
    r"(?:\w+_)?(?:SITE|BASE|PUBLIC|APP|ROOT|WEB|WEBSITE|EXTERNAL|SERVER|CANONICAL|INSTANCE)"
    r"_(?:BASE_|ROOT_)?(?P<kind>URL|URI|ROOT)"
)
_AT_HOME = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104  (hosts of defaults)

# Django's own defaults of settings ("Settings", docs.djangoproject.com), and what is usual.
_USUAL: Mapping[str, str] = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "localhost",
    "EMAIL_PORT": "25",
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "EMAIL_USE_TLS": "False",
    "EMAIL_USE_SSL": "False",
    "DEFAULT_FROM_EMAIL": "webmaster@localhost",
    "SERVER_EMAIL": "root@localhost",
    "SITE_ID": "1",
    "LANGUAGE_CODE": "en-us",
    "TIME_ZONE": "UTC",
    "STATIC_URL": "/static/",
    "MEDIA_URL": "/media/",
    "ADMIN_URL": "admin/",
}
# The parts of a database's address, by what their variables are called; the values are those of
# the database that the overlay puts in place of one that nobody named.
_PARTS: tuple[tuple[str, str], ...] = (
    (r"ENGINE|BACKEND", "django.db.backends.sqlite3"),
    (r"USER(?:NAME)?|LOGIN", "app"),
    (r"PASS(?:WORD|WD)?|PW|PWD", ""),
    (r"HOST(?:NAME)?|SERVER|ADDRESS", "localhost"),
    (r"PORT", "5432"),
    (r"NAME|DB|DATABASE|DBNAME", "/data/db.sqlite3"),
)
_DATABASE = r"(?:\w+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|SQL|RDS)_?"

# What DEBUG is switched off with, by how its text is read: "False" is true as a text.
_OFF: Mapping[str, str] = {"str": "", "nonempty": "", "int": "0", "json": "false"}
# Servers beside the app: by the setting that says where one is, or by the variable's name. What
# is not there the overlay replaces or tells of, and the address is that of a server on this host.
_SERVERS = ("CACHES", "CHANNEL_LAYERS", "CACHEOPS_REDIS", "CELERY_BROKER_URL", "BROKER_URL",
            "CELERY_RESULT_BACKEND", "RQ_QUEUES", "Q_CLUSTER", "HUEY", "SESSION_REDIS",
            "SESSION_REDIS_HOST")  # fmt: skip
_SERVER = r"(?:\w+_)?(?:REDIS|VALKEY|CACHE|BROKER|MEMCACHED?|RABBITMQ|AMQP|RESULT_BACKEND)(?:_\w+)?"
_SERVER_PARTS: tuple[tuple[str, str], ...] = (
    (r"(?:\w+_)?(?:PASS(?:WORD)?|USER(?:NAME)?|PREFIX|VHOST)", ""),
    (r"(?:\w+_)?HOST(?:NAME)?", "localhost"),
    (r"(?:\w+_)?PORT", "6379"),
    (r"(?:\w+_)?(?:DB|DATABASE|NUMBER|INDEX)", "0"),
    (r"(?:\w+_)?(?:URL|URI|DSN|ADDRESS|LOCATION|SERVERS?|CONNECTION_?STRING|BROKER|RESULT_BACKEND)"
     r"|(?:\w+_)?(?:REDIS|VALKEY)", "redis://localhost:6379/0"),
)  # fmt: skip
# The commit, as other platforms and people call it.
_COMMIT = re.compile(
    r"(?:\w+_)?(?:GIT_(?:REV|REVISION|COMMIT|HASH|SHA1?)|COMMIT|COMMIT_(?:HASH|SHA|REF|ID)"
    r"|SOURCE_VERSION|REVISION|SHORT_SHA)"
)
_REPORTS = re.compile(r"(?:\w+_)?(?:SENTRY|RAVEN)_(?:\w+_)?(?P<kind>DSN|URL)|(?:\w+_)?SENTRY")

# What settings for a provider of storage or of mail are called, by provider. Without a value the
# overlay keeps files beside the app, and says in the log that mail was not sent.
_PROVIDERS = tuple(
    re.compile(rf"(?:\w+_)?{words}")
    for words in (
        r"AWS_(?:S3_)?(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|(?:STORAGE_)?BUCKET_NAME|REGION_NAME"
        r"|ENDPOINT_URL|CUSTOM_DOMAIN)",
        r"GS_(?:BUCKET_NAME|PROJECT_ID)",
        r"AZURE_(?:ACCOUNT_NAME|ACCOUNT_KEY|CONTAINER|CONNECTION_STRING)",
        r"MAILGUN_(?:API_KEY|DOMAIN|SENDER_DOMAIN|API_URL|SERVER_NAME|ACCESS_KEY)",
        r"MAILJET_(?:API_KEY|SECRET_KEY)",
        r"(?:SENDGRID|SPARKPOST|SENDINBLUE|BREVO|MANDRILL)_API_KEY",
        r"POSTMARK_SERVER_TOKEN",
    )
)
# Where reports are sent to, as Sentry's clients read it ("Data Source Name"): a key, a host, and
# the number of a project. With anything else they raise an error.
_DSN = re.compile(r"\w[\w+]*://[^@/\s]+@[^/\s]+/(?:\S+/)?\d+/?")

Group = tuple[tuple[str, str], ...]


def own_names(variables: Sequence[VariableRead], keep: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each of the project's names for what the platform has a variable for, and that one; not
    of settings to `keep`."""
    for variable in variables:
        if variable.setting in keep:
            continue
        own = _OWN.get((variable.setting, variable.cast), "")
        is_debug = own == "DJANGO_DEBUG" and "DEBUG" in variable.name.upper()
        if own in _ONLY_NEEDED and not (variable.required or is_debug):
            own = ""
        if not own and _is_address(variable):
            own = ADDRESS
        if own and variable.name != own:
            yield variable.name, own


def defaults(
    variables: Sequence[VariableRead], keep: Sequence[str], revision: str
) -> Iterator[Group]:
    """Values for variables without which the settings do not load, though the app does: what
    Django itself would use for mail and the like, DEBUG switched off, the `revision` of the source,
    the parts of a database's address, and where other servers and providers are, which the overlay
    replaces. A group is used where none of its names is a config var."""
    if "DEBUG" not in keep:
        yield from _debug_off(variables)
    for variable in variables:
        if variable.setting not in keep and _is_without_address(variable):
            # What reports errors is silent then.
            yield ((variable.name, ""),)
    required = [each for each in variables if each.required and each.setting not in keep]
    for variable in required:
        if variable.setting in _USUAL and variable.cast in ("str", "int", "bool", "unknown"):
            yield ((variable.name, _USUAL[variable.setting]),)
        elif _COMMIT.fullmatch(variable.name.upper()) and variable.cast == "str":
            yield ((variable.name, revision),)
        elif (variable.setting, variable.cast) == ("ALLOWED_HOSTS", "json"):
            # The overlay adds the app's own.
            yield ((variable.name, "[]"),)
    yield from _providers(required)
    parts = {} if "DATABASES" in keep else {v.name: _part(v) for v in required}
    servers = {v.name: _server(v) for v in required if parts.get(v.name) is None}
    for name, value in sorted(servers.items()):
        if value and "://" in value:
            # An address says all, and another server's says nothing of this one's.
            yield ((name, value),)
            servers[name] = None
    for values in (parts, servers):
        group = tuple(sorted((name, part) for name, part in values.items() if part is not None))
        if group:
            yield group


def _debug_off(variables: Sequence[VariableRead]) -> Iterator[Group]:
    """The variables that DEBUG is made of, switched off; those that are called so also where
    their default is on: what else the settings make of it is not seen by the overlay."""
    for variable in variables:
        kind, _, text = variable.cast.partition(":")
        is_known = "DEBUG" in variable.name.upper() and kind != "unknown"
        if variable.setting != "DEBUG" or not (variable.required or is_known):
            continue
        off = text if kind == "differs" else _OFF.get(kind, "False")
        if ("DEBUG", variable.cast) not in _OWN:
            yield ((variable.name, off),)


def _providers(required: Sequence[VariableRead]) -> Iterator[Group]:
    """What is demanded of each provider, without a value."""
    texts = [each.name for each in required if each.cast == "str"]
    for provider in _PROVIDERS:
        group = tuple((name, "") for name in sorted(texts) if provider.fullmatch(name.upper()))
        if group:
            yield group


def _is_without_address(variable: VariableRead) -> bool:
    """Whether a variable says where errors are reported to, and has no default or one that only
    looks like it, such as `changeme`."""
    named = _REPORTS.fullmatch(variable.name.upper())
    if variable.cast != "str" or named is None:
        return False
    if variable.required or named["kind"] != "DSN":
        return variable.required
    try:
        value = ast.literal_eval(variable.default or "''")
    except (ValueError, SyntaxError):
        return False
    return isinstance(value, str) and value != "" and not _DSN.fullmatch(value)


def _is_address(variable: VariableRead) -> bool:
    """Whether a variable means the app's own address: one of the developer's machine is its
    default, or it has none."""
    name = _ADDRESSES.fullmatch(variable.name)
    if name is None or variable.cast != "str":
        return False
    if variable.default is None:
        return variable.required and name["kind"] != "ROOT"
    try:
        value = ast.literal_eval(variable.default)
        address = urlsplit(value) if isinstance(value, str) else None
    except (ValueError, SyntaxError):
        return False
    # What ends with a slash is joined in another way.
    return address is not None and address.hostname in _AT_HOME and not address.path


def _part(variable: VariableRead) -> str | None:
    """The value of the part of a database's address that a variable has; None for any other."""
    if variable.cast == "url":
        # A whole address.
        return None
    name = variable.name.upper()
    for words, value in _PARTS:
        if re.fullmatch(rf"{_DATABASE}(?:{words})", name):
            return value
        if variable.setting == "DATABASES" and re.fullmatch(rf"(?:\w+_)?(?:{words})", name):
            return value
    return None


def _server(variable: VariableRead) -> str | None:
    """Where a server beside the app is, or a part of that; None for any other variable."""
    name = variable.name.upper()
    if variable.cast not in ("str", "int", "url", "unknown"):
        return None
    if variable.setting not in _SERVERS and not re.fullmatch(_SERVER, name):
        return None
    if variable.cast == "url":
        return "locmemcache://" if variable.setting == "CACHES" else None
    value = next((value for words, value in _SERVER_PARTS if re.fullmatch(words, name)), None)
    return "0" if value and variable.cast == "int" and not value.isdigit() else value
