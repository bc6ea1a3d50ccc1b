"""DATABASE_URL becomes an entry of DATABASES: sqlite, postgres and mysql, percent-encoded."""

from urllib.parse import parse_qsl, unquote

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "sqlite3": "django.db.backends.sqlite3",
    "spatialite": "django.contrib.gis.db.backends.spatialite",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "pgsql": "django.db.backends.postgresql",
    "postgis": "django.contrib.gis.db.backends.postgis",
    "mysql": "django.db.backends.mysql",
    "mysqlgis": "django.contrib.gis.db.backends.mysql",
}
_FAMILIES = (("postg", "postgresql"), ("mysql", "mysql"), ("mariadb", "mysql"), ("lite", "sqlite"))


def family(engine):
    """`postgresql`, `mysql` or `sqlite` for the dotted path of a backend, also one of a third
    party; the path itself for anything else."""
    last = engine.lower()
    for word, name in _FAMILIES:
        if word in last:
            return name
    return last


def parse(url):
    """The entry for `url`, or None where its scheme is not known or its port is no number.

    `sqlite:////data/db.sqlite3` is an absolute path, `sqlite:///db.sqlite3` a relative one,
    `sqlite://:memory:` and `sqlite://` a database in memory. The query becomes OPTIONS.
    """
    scheme, separator, rest = url.partition("://")
    engine = ENGINES.get(scheme.lower())
    if not separator or engine is None:
        return None
    rest, _, query = rest.partition("?")
    options = dict(parse_qsl(query))
    if family(engine) == "sqlite":
        name = unquote(rest[1:] if rest.startswith("/") else rest)
        entry = {"ENGINE": engine, "NAME": name or ":memory:"}
    else:
        entry = _parse_server(engine, rest)
        if entry is None:
            return None
    if options:
        entry["OPTIONS"] = options
    return entry


def _parse_server(engine, rest):
    authority, _, name = rest.partition("/")
    credentials, _, place = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    host, port = _split_place(place)
    if port and not port.isdigit():
        return None
    return {
        "ENGINE": engine,
        "NAME": unquote(name),
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": unquote(host),
        "PORT": int(port) if port else "",
    }


def _split_place(place):
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.lstrip(":")
    host, _, port = place.partition(":")
    return host, port
