"""The variables that every process of an app finds, wherever it runs: on the platform, which makes
a release of an image, and in a container with no platform around. Pure."""

import json
import posixpath
from collections.abc import Mapping

# Heroku's and the Niblit document's port: the same inside every sandbox and container.
PORT = 8080
# Where StatsD is received: the same inside every sandbox and container.
STATSD_PORT = 9125
_SQLITE_URL = "sqlite:////data/db.sqlite3"
# The same file as GeoDjango opens it.
_SPATIAL_URL = "spatialite:////data/db.sqlite3"
STATIC_ROOT = "/static"
PYTHON = "/venv/bin/python"
_RESERVED = ("PORT",)
_RESERVED_PREFIXES = ("NUAGES_", "LISTEN_")
# Of the platform's own names, those that are there to be set.
_OPEN = ("NUAGES_SERVER_CLASS",)
_PATHS = ("PATH", "PYTHONPATH")
_TRUE = ("1", "true", "yes", "on")


def is_reserved(name: "str") -> "bool":
    """Whether a variable is the platform's own, so that a config var cannot take its name."""
    return name not in _OPEN and (name in _RESERVED or name.startswith(_RESERVED_PREFIXES))


def is_on(text: "str | None") -> "bool":
    """Whether a variable's text switches something on."""
    return (text or "").strip().lower() in _TRUE


def folder_of(project: "str") -> "str":
    """The project's folder inside, from what it is called below /app (`.` for the top)."""
    return posixpath.normpath(posixpath.join("/app", project))


def database_url(spatial: "bool") -> "str":
    """The database of an app to which nobody has given one; `spatial` where it is GeoDjango's."""
    return _SPATIAL_URL if spatial else _SQLITE_URL


def settings_variables(
    settings: "str", configuration: "str", application: "str"
) -> "dict[str, str]":
    """What Django, and django-configurations where it is used, load."""
    if not settings:
        # A project of one file, which configures Django when it is imported.
        return {"NUAGES_CONFIGURED_BY": application.partition(":")[0]}
    own = {"DJANGO_SETTINGS_MODULE": settings}
    if configuration:
        own["DJANGO_CONFIGURATION"] = configuration
    return own


def address_variables(hosts: "tuple[str, ...]", scheme: "str", port: "str") -> "dict[str, str]":
    """Where the app is: its host names, the main one first; `port` is `:8000`, or empty where
    it is the scheme's own."""
    return {
        "ALLOWED_HOSTS": ",".join(hosts),
        "DOMAIN": hosts[0],
        "NUAGES_URL": "{}://{}{}".format(scheme, hosts[0], port),
        "DOMAIN_ALIASES": ",".join(hosts[1:]),
        "DOMAIN_REDIRECTS": "",
        "SECURE_SSL_REDIRECT": "True" if scheme == "https" else "False",
    }


def statsd_variables() -> "dict[str, str]":
    """Where an app's own measurements are received."""
    return {"STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(STATSD_PORT)}


def python_variables(project: "str", paths: "tuple[str, ...]") -> "dict[str, str]":
    """What Python finds programs and modules by; `paths` are further folders below /app."""
    searched = [folder_of(each) for each in (project, *paths)]
    return {
        "PATH": "/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": ":".join((*searched, "/nuages")),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/venv",
        "HOME": "/home/app",
        "LANG": "C.UTF-8",
    }


def overlay_text(
    said: "Mapping[str, object]",
    config: "Mapping[str, str]",
    address: "tuple[tuple[str, ...], str, str]",
    phase: "str" = "run",
) -> "str":
    """NUAGES_OVERLAY: what the overlay is told, as `overlay.document` reads it.

    `said` is what the image says: `settings`, `project` (below /app), `enabled`, `keep`, `reads`,
    `feeds`, `static_root`; `config` the variables that the user has set; `address` host names,
    scheme and port as `address_variables` takes them. Of the variables that the settings read those
    count that the user has set, so that what they say is left alone.
    """
    hosts, scheme, port = address
    reads, feeds = said.get("reads") or (), said.get("feeds") or ()
    # A pattern (`*`, `.example.org`) is no place to come from.
    names = [host for host in hosts if host[0] not in "*."] if phase == "run" else []
    document = {
        "settings": said["settings"],
        "project": folder_of(said["project"]),
        "hosts": list(hosts),
        "origins": ["{}://{}{}".format(scheme, host, port) for host in names],
        "scheme": scheme,
        "phase": phase,
        "enabled": said["enabled"],
        "keep": list(said["keep"]),
        "debug": is_on(config.get("DJANGO_DEBUG")),
        "reads": sorted(set(reads) & set(config)),
        "feeds": [list(pair) for pair in feeds if pair[0] in config],
        "static_root": said.get("static_root") or STATIC_ROOT,
        "serves_files": bool(said.get("serves_files")),
    }
    return json.dumps(document, sort_keys=True)


def with_config(
    own: "Mapping[str, str]",
    config: "Mapping[str, str]",
    fills: "tuple[tuple[str, str], ...]",
    defaults: "tuple[tuple[tuple[str, str], ...], ...]",
) -> "dict[str, str]":
    """The platform's variables and the config vars, which win but for the reserved ones. Under
    them lie other names for some of them, and defaults of groups of which none is set. A search
    path begins with the platform's folders: without them nothing of the app is found."""
    paths = {name: "{}:{}".format(own[name], config[name]) for name in _PATHS if config.get(name)}
    made = dict(own)
    made.update((name, value) for name, value in config.items() if not is_reserved(name))
    made.update(paths)
    unset = [group for group in defaults if not any(name in config for name, _ in group)]
    under = {name: value for group in unset for name, value in group}
    if "DJANGO_DEBUG" in under and "DJANGO_DEBUG" not in config:
        # The project reads it in a way of its own.
        made["DJANGO_DEBUG"] = under["DJANGO_DEBUG"]
    under.update((name, made[of]) for name, of in fills)
    return {**{name: value for name, value in under.items() if not is_reserved(name)}, **made}
