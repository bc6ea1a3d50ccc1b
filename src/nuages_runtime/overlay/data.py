"""Corrections of where data is kept: DATABASES and MEDIA_ROOT, both into /data."""

import os

from django import VERSION
from django.core.exceptions import ImproperlyConfigured

from nuages_runtime.overlay.database_url import family, parse
from nuages_runtime.overlay.document import changed, warned

VOLUME = "/data"
MEDIA = "/data/media"
# Seconds that a connection waits for another one's write, instead of "database is locked".
BUSY_TIMEOUT = 20
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def databases(overlay, target):
    """`default` from DATABASE_URL where the project's own would be lost or cannot be reached;
    other SQLite files into the volume; SQLite made fit for several processes."""
    if "DATABASES" in overlay.keep:
        return
    project = target.get("DATABASES") or {}
    used = {alias: dict(entry) for alias, entry in project.items() if isinstance(entry, dict)}
    default = _default(overlay, used.get("default") or {})
    if default is not None:
        used["default"] = default
    for alias, entry in used.items():
        if family(str(entry.get("ENGINE") or "")) == "sqlite":
            if alias != "default":
                _keep_file(alias, entry)
            _tune_sqlite(alias, entry)
    if used != project:
        target.put_silently("DATABASES", used)


def _default(overlay, project):
    url = os.environ.get("DATABASE_URL")
    wanted = parse(url) if url else None
    if wanted is None:
        if url and _would_be_lost(project):
            raise ImproperlyConfigured(
                "DATABASE_URL is not understood; write it as postgres://USER:PASSWORD@HOST/NAME, "
                "mysql://USER:PASSWORD@HOST/NAME or sqlite:////data/db.sqlite3"
            )
        if url:
            warned("DATABASE_URL is none that is understood here; DATABASES stays as it is")
        return None
    why = _reason(overlay, project, wanted)
    if not why:
        return None
    entry = dict(project)
    same_kind = family(str(project.get("ENGINE") or "")) == family(wanted["ENGINE"])
    if not same_kind:
        # Options and test settings of one kind of database mean nothing to another.
        entry = {k: v for k, v in project.items() if k in ("ATOMIC_REQUESTS", "CONN_MAX_AGE")}
    engine = project.get("ENGINE") if same_kind else wanted["ENGINE"]
    options = {**(entry.get("OPTIONS") or {}), **wanted.get("OPTIONS", {})}
    for name in ("USER", "PASSWORD", "HOST", "PORT"):
        entry.pop(name, None)
    entry.update(wanted, ENGINE=engine)
    if options:
        entry["OPTIONS"] = options
    changed('DATABASES["default"]', project or None, entry, why)
    return entry


def _would_be_lost(project):
    """Whether the project's own default database cannot be what DATABASE_URL means."""
    engine, name = str(project.get("ENGINE") or ""), str(project.get("NAME") or "")
    if not engine or engine.endswith("dummy"):
        return True
    return family(engine) == "sqlite" and ":memory:" not in name and not is_below(name, VOLUME)


def _reason(overlay, project, wanted):
    """Why the project's default database cannot stay; empty where it can."""
    engine = str(project.get("ENGINE") or "")
    if not engine or engine.endswith("dummy"):
        return "the project names none"
    name, host = str(project.get("NAME") or ""), str(project.get("HOST") or "")
    if family(engine) == family(wanted["ENGINE"]):
        same = name == wanted["NAME"] and (host or "") == wanted.get("HOST", "")
        if same and str(project.get("USER") or "") == wanted.get("USER", ""):
            return ""
    if _from_environment(overlay, project):
        return ""
    if family(engine) == "sqlite":
        return "" if is_below(name, VOLUME) else "the file would be lost at the next restart"
    # A name without a dot is a neighbour in somebody's compose file.
    if host in _LOCAL or host.startswith("/") or "." not in host:
        return "nothing answers at {!r} here".format(host or "localhost")
    return ""


def _from_environment(overlay, project):
    """Whether the entry holds a value of a variable that the user has set."""
    values = {os.environ.get(name) for name in overlay.reads} - {None, ""}
    for name in ("NAME", "USER", "PASSWORD", "HOST"):
        if str(project.get(name) or "") in values:
            return True
    # A URL of the user's own, read by a library into its parts.
    for value in values:
        entry = parse(value)
        if entry is not None and str(entry["NAME"]) == str(project.get("NAME")):
            return True
    return False


def _keep_file(alias, entry):
    name = str(entry.get("NAME") or "")
    if not name or ":memory:" in name or name.startswith("file:") or is_below(name, VOLUME):
        return
    if os.path.exists(name):
        warned("DATABASES[{!r}] is a file of the source; changes to it do not last".format(alias))
        return
    used = dict(entry, NAME=os.path.join(VOLUME, os.path.basename(name)))
    why = "the file would be lost at the next restart"
    changed('DATABASES["{}"]'.format(alias), entry, used, why)
    entry["NAME"] = used["NAME"]


def _tune_sqlite(alias, entry):
    project = entry.get("OPTIONS") or {}
    options = dict(project)
    options.setdefault("timeout", BUSY_TIMEOUT)
    if VERSION >= (5, 1):
        # A reader that turns writer half-way meets a lock that no waiting resolves, so writers
        # say so at once; with ATOMIC_REQUESTS every reader would be a writer.
        mode = "DEFERRED" if entry.get("ATOMIC_REQUESTS") else "IMMEDIATE"
        options.setdefault("transaction_mode", mode)
    if options != project:
        why = "several processes write to one file"
        changed('DATABASES["{}"]["OPTIONS"]'.format(alias), project or None, options, why)
    entry["OPTIONS"] = options


def media(overlay, target):
    """MEDIA_ROOT into the volume, where uploads outlive a restart."""
    if "MEDIA_ROOT" in overlay.keep:
        return
    root, url = target.get("MEDIA_ROOT"), target.get("MEDIA_URL")
    if not root and not url:
        return
    if root and is_below(str(root), VOLUME):
        return
    if overlay.user_sets("MEDIA"):
        return
    target.put("MEDIA_ROOT", MEDIA, "uploads would be lost at the next restart")


def is_below(path, folder):
    """Whether `path` is `folder` or lies in it, without asking the disk."""
    path = os.path.normpath(os.path.abspath(path))
    return path == folder or path.startswith(folder + "/")
