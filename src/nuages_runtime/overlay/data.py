"""Corrections of where data is kept: DATABASES and MEDIA_ROOT, both into /data."""

import os

from django import VERSION
from django.core.exceptions import ImproperlyConfigured

from nuages_runtime.overlay.database_url import family, parse
from nuages_runtime.overlay.document import changed, current, warned

VOLUME = "/data"
MEDIA = "/data/media"
# Seconds that a connection waits for another one's write, instead of "database is locked".
BUSY_TIMEOUT = 20
# Aliases of databases that were moved into the volume, beside `default`.
_moved = []

# The project's own MEDIA_ROOT, where it has been given another one.
_written = {"media": ""}

# Of sqlite3.connect() and of Django's backend.
_SQLITE_OPTIONS = (
    "autocommit",
    "cached_statements",
    "check_same_thread",
    "detect_types",
    "factory",
    "init_command",
    "isolation_level",
    "timeout",
    "transaction_mode",
    "uri",
)

_PORTS = {"postgresql": "5432", "mysql": "3306"}
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def databases(overlay, target):
    """`default` from DATABASE_URL where the project's own would be lost or cannot be reached;
    other SQLite files into the volume; SQLite made fit for several processes."""
    if "DATABASES" in overlay.keep:
        return
    written = target.get("DATABASES") or {}
    project = {alias: _entry(entry) for alias, entry in written.items()}
    used = {alias: dict(entry) for alias, entry in project.items()}
    default = _default(overlay, used.get("default") or {})
    if default is not None:
        used["default"] = default
    files = {a: e for a, e in used.items() if family(str(e.get("ENGINE") or "")) == "sqlite"}
    if "default" in files:
        _warn_of_loss(overlay, str(files["default"].get("NAME") or ""))
    _keep_files(project.get("default") or {}, files)
    for alias, entry in files.items():
        _tune_sqlite(alias, entry)
    if used != written:
        target.put_silently("DATABASES", used)


def _entry(written):
    """An entry of DATABASES: Django takes none but a dictionary, and where a project has put the
    address as it is, what that says; empty where it says nothing."""
    if isinstance(written, dict):
        return written
    return (parse(written) if isinstance(written, str) else None) or {}


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
    if str(engine).endswith("postgresql_psycopg2"):
        # What Django called it up to 2.2.
        engine = wanted["ENGINE"]
    options = {**(entry.get("OPTIONS") or {}), **wanted.get("OPTIONS", {})}
    for name in ("USER", "PASSWORD", "HOST", "PORT"):
        entry.pop(name, None)
    entry.update(wanted, ENGINE=engine)
    if options:
        entry["OPTIONS"] = options
    changed('DATABASES["default"]', project or None, entry, why)
    return entry


def _warn_of_loss(overlay, name):
    if overlay.phase == "run" and name and ":memory:" not in name and not is_below(name, VOLUME):
        warned(
            "The database is the file {}, from a variable: it does not outlive a restart. Set "
            "DATABASE_URL to sqlite:////data/db.sqlite3".format(name)
        )


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
    name = str(project.get("NAME") or "")
    if _from_environment(overlay, project):
        return ""
    if _is_same_place(project, wanted):
        same = _is_same_entrance(project, wanted)
        return "" if same else "DATABASE_URL has another password or port"
    if family(engine) == "sqlite":
        return "" if is_below(name, VOLUME) else "the file would be lost at the next restart"
    return _why_not_there(str(project.get("HOST") or ""))


def _why_not_there(host):
    """Why the server of the project's database is not asked; empty where it is."""
    # A name without a dot is a neighbour in somebody's compose file.
    if host in _LOCAL or host.startswith("/") or "." not in host:
        return "nothing answers at {!r} here".format(host or "localhost")
    given = (text for variable, text in os.environ.items() if not variable.startswith("NUAGES_"))
    if any(host in text for text in given):
        return ""
    why = "the server {} stands in the source code; set DATABASE_URL to use it".format(host)
    warned("DATABASES is not what is used: " + why)
    return why


def _is_same_place(project, wanted):
    """Whether both entries name the same database of the same server, and the same user."""
    if family(str(project.get("ENGINE"))) != family(wanted["ENGINE"]):
        return False
    parts = ("NAME", "USER", "HOST")
    return all(str(project.get(part) or "") == wanted.get(part, "") for part in parts)


def _is_same_entrance(project, wanted):
    usual = _PORTS.get(family(wanted["ENGINE"]))
    ports = [str(entry.get("PORT") or usual) for entry in (project, wanted)]
    return ports[0] == ports[1] and str(project.get("PASSWORD") or "") == wanted.get("PASSWORD", "")


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


def looked_after():
    """Aliases of the databases that a release migrates and an instance looks at: `default`, where
    there is one, and each that was moved into the volume."""
    from django.db import DEFAULT_DB_ALIAS, connections

    engine = connections.databases.get(DEFAULT_DB_ALIAS, {}).get("ENGINE") or "dummy"
    return ([] if engine.endswith("dummy") else [DEFAULT_DB_ALIAS]) + _moved


def _keep_files(default, files):
    """Move SQLite files, by alias, into the volume: each under its own name, or that of its alias
    where another one has it. `default` is the project's own entry; its file has moved already."""
    _moved.clear()
    places = {}
    if "default" in files and family(str(default.get("ENGINE") or "")) == "sqlite":
        places[os.path.abspath(str(default.get("NAME") or ""))] = str(files["default"]["NAME"])
    for alias, entry in files.items():
        name = str(entry.get("NAME") or "")
        if alias == "default" or not name or ":memory:" in name or name.startswith("file:"):
            continue
        path = os.path.abspath(name)
        if is_below(path, VOLUME):
            continue
        if path not in places:
            # A folder may lead into the volume; what lies in there is none of the source's.
            if os.path.exists(path) and not is_below(os.path.realpath(path), VOLUME):
                text = "DATABASES[{!r}] is a file of the source; changes to it do not last"
                warned(text.format(alias))
                continue
            taken = {str(other.get("NAME")) for other in files.values()}
            place = os.path.join(VOLUME, os.path.basename(path))
            places[path] = os.path.join(VOLUME, alias + ".sqlite3") if place in taken else place
            _moved.append(alias)
        used = dict(entry, NAME=places[path])
        why = "the file would be lost at the next restart"
        changed('DATABASES["{}"]'.format(alias), entry, used, why)
        entry["NAME"] = used["NAME"]


def _tune_sqlite(alias, entry):
    setting = 'DATABASES["{}"]["OPTIONS"]'.format(alias)
    project = entry.get("OPTIONS") or {}
    fitting = {name: value for name, value in project.items() if _fits_sqlite(name, value)}
    if fitting != project:
        changed(setting, project, fitting, "the others are for another kind of database")
    options = dict(fitting)
    options.setdefault("timeout", BUSY_TIMEOUT)
    if VERSION >= (5, 1):
        # A reader that turns writer half-way meets a lock that no waiting resolves, so writers
        # say so at once; with ATOMIC_REQUESTS every reader would be a writer.
        mode = "DEFERRED" if entry.get("ATOMIC_REQUESTS") else "IMMEDIATE"
        options.setdefault("transaction_mode", mode)
    if options != fitting:
        changed(setting, fitting or None, options, "several processes write to one file")
    entry["OPTIONS"] = options


def _fits_sqlite(name, value):
    if name == "init_command":
        return VERSION >= (5, 1) and str(value).lstrip().upper().startswith("PRAGMA")
    return name in _SQLITE_OPTIONS and (name != "transaction_mode" or VERSION >= (5, 1))


def media(overlay, target):
    """MEDIA_ROOT into the volume, where uploads outlive a restart."""
    if "MEDIA_ROOT" in overlay.keep:
        return
    root, url = target.get("MEDIA_ROOT"), target.get("MEDIA_URL")
    if not root and not url:
        return
    if root and is_below(str(root), VOLUME):
        return
    if root and _is_users_folder(overlay, str(root)):
        why = "MEDIA_ROOT is {}, from a variable: what is uploaded there does not outlive a restart"
        warned((why + "; below {} it would").format(root, VOLUME))
        return
    _written["media"] = os.path.join(overlay.project, str(root)) if root else ""
    target.put("MEDIA_ROOT", MEDIA, "uploads would be lost at the next restart")


def project_media_root():
    """The folder below the project's that it names as MEDIA_ROOT itself, where the overlay has
    given it another one; empty where that is no folder, or leads to somewhere else."""
    overlay, root = current(), os.path.normpath(_written["media"] or "/")
    if overlay is None or not is_below(root, overlay.project) or root == overlay.project:
        return ""
    return root if os.path.isdir(root) and not is_behind_link(root, overlay.project) else ""


def is_behind_link(path, folder):
    """Whether there is a link on the way from `folder` to `path`, which lies below it."""
    while is_below(path, folder) and path != folder:
        if os.path.islink(path):
            return True
        path = os.path.dirname(path)
    return False


def _is_users_folder(overlay, root):
    """Whether the user has set a variable to this folder, or to one that it lies in."""
    if overlay.variables_of("MEDIA_ROOT"):
        return True
    values = [os.environ.get(name, "") for name in overlay.reads]
    return any(v.startswith("/") and is_below(root, os.path.normpath(v)) for v in values)


def is_below(path, folder):
    """Whether `path` is `folder` or lies in it, without asking the disk."""
    path = os.path.normpath(os.path.abspath(path))
    return path == folder or path.startswith(folder + "/")
