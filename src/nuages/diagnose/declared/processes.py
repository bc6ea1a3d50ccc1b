"""Causes that keep a process from running: its port, its rights, its memory, its libraries."""

from __future__ import annotations

from nuages.core.system_packages import GEODJANGO, INSTALLING, ways_to_install
from nuages.diagnose.cause import Cause, Found, Values, raised, said

# What a library is in, on Debian and Ubuntu.
_DEBIAN = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0-0": "libpango-1.0-0 libpangoft2-1.0-0",
    "gobject-2.0-0": "libpango-1.0-0 libpangoft2-1.0-0",
    "libgobject-2.0.so.0": "libpango-1.0-0 libpangoft2-1.0-0",
    "libpq.so.5": "libpq5",
    "libmysqlclient.so.21": "libmysqlclient21",
    "libmariadb.so.3": "libmariadb3",
    "libmagic.so.1": "libmagic1",
    "libmagic": "libmagic1",
    "libxmlsec1.so.1": "libxmlsec1",
    "libspatialindex.so": "libspatialindex-dev",
}


def _outside(found: Found) -> Values | None:
    """Not for what lies in /data, where other causes than the place are at work."""
    return None if found.groups["path"].startswith("/data") else {}


def _install(library: str) -> str:
    if library not in _DEBIAN:
        return "Install the system package that has it on the machine that runs Nuages"
    packages = _DEBIAN[library].split()
    named = ", ".join(f'"{package}"' for package in packages)
    # What only an instance loads, no build finds missing.
    asked = f"with [build] packages = [{named}] in deploy.toml"
    by_hand, _ = ways_to_install(packages)
    return f"{by_hand}; or have the deployment do it, {asked}: {INSTALLING}"


NO_PORT = Cause(
    "diagnose.C130",
    "The web process does not listen on $PORT",
    "Visitors are led to the address in the variable PORT. The command listens on another port, "
    "on another address, or has not come so far yet.",
    'Let the command listen there, in deploy.toml: [processes] web = "gunicorn {application} '
    '--bind 0.0.0.0:$PORT"; or leave the command out, and Nuages serves the app itself',
    (said(r"nuages: the command has not opened \S+:\d+ yet; it has to listen on \$PORT"),),
)
PORT_TAKEN = Cause(
    "diagnose.C131",
    "The address that a process wants to listen on is taken",
    "Another process of the app listens there already. Each process type gets a port of its own "
    "in the variable PORT.",
    "Listen on $PORT in the command, and not on a fixed number",
    (
        said(r"Connection in use: \('[^']*', \d+\)"),
        said(r"^Error: That port is already in use\."),
        raised(
            "OSError", r"\[Errno 98\] (?:error while attempting to bind|Address already in use)"
        ),
    ),
)
PORT_FORBIDDEN = Cause(
    "diagnose.C139",
    "A process may not listen on its port",
    "Ports below 1024 are the system's, and an app has no rights beyond an ordinary user's.",
    "Listen on $PORT in the command, and not on a fixed number",
    (
        # Of a file it says the path.
        raised(
            "PermissionError", r"\[Errno 13\] (?:Permission denied$|error while attempting to bind)"
        ),
        said(r"^Error: You don't have permission to access that port\."),
        said(r"Can't connect to \('[^']*', (?:\d{1,3}|10[01]\d|102[0-3])\)"),
    ),
)
APPLICATION = Cause(
    "diagnose.C132",
    "The command names '{name}' of {module}, and the module has no such thing",
    "gunicorn's argument is MODULE:NAME; Django's wsgi.py calls its own `application`.",
    "Write {module}:application in the command",
    (said(r"^Failed to find attribute '(?P<name>\w+)' in '(?P<module>[\w.]+)'\."),),
)
FORBIDDEN = Cause(
    "diagnose.C133",
    "The app may not write to {path}",
    "An app writes to /data, which is kept, and to /tmp, which is not.",
    "Let the code write below /data, or in the folder that tempfile.gettempdir() names",
    (
        raised("PermissionError", r"\[Errno 13\] Permission denied: '(?P<path>[^']+)'"),
        raised("OSError", r"\[Errno 30\] Read-only file system: '(?P<path>[^']+)'"),
    ),
    _outside,
)
OUT_OF_MEMORY = Cause(
    "diagnose.C134",
    "The process needed more memory than its limit of {limit} MB",
    "An instance that goes beyond its limit is ended by the kernel.",
    'Raise the limit in deploy.toml: [limits] memory = "{more}M"',
    (said(r"ran out of memory \(its limit is (?P<limit>\d+) MB\)"),),
    lambda found: {"more": str(2 * int(found.groups["limit"]))},
)
KILLED = Cause(
    "diagnose.C135",
    "A worker process was killed, most likely for want of memory",
    "The kernel ends a process that goes beyond the instance's limit, without a word in its log.",
    'Raise the limit in deploy.toml: [limits] memory = "1G"',
    (
        said(r"Worker \(pid:\d+\) was sent SIGKILL! Perhaps out of memory\?"),
        said(r"Worker with pid \d+ was terminated due to signal 9"),
        said(r"(?:^|instance )was ended by SIGKILL$"),
    ),
)
TIMEOUT = Cause(
    "diagnose.C136",
    "A request took longer than the web server waits",
    "gunicorn ends a worker that has not answered for 30 seconds. Long work belongs into a worker "
    "process.",
    'Give it longer, in deploy.toml: [processes] web = "gunicorn {application} --bind '
    '0.0.0.0:$PORT --timeout 120"',
    (said(r"WORKER TIMEOUT \(pid:\d+\)"),),
)
GDAL = Cause(
    "diagnose.C137",
    "The library {library} is not on this machine; GeoDjango needs it",
    "django.contrib.gis loads GDAL and GEOS, which are no Python packages.",
    "; ".join(ways_to_install(GEODJANGO)),
    (
        raised("ImproperlyConfigured", r"Could not find the (?P<library>GDAL|GEOS) library"),
    ),
)  # fmt: skip
LIBRARY = Cause(
    "diagnose.C138",
    "The system library {library} is not on this machine",
    "A package of the project is linked to it, and does not bring it along.",
    "{install}",
    (
        raised(
            "ImportError|OSError", r"(?P<library>lib[\w.+-]+?\.so[.\d]*): cannot open shared obj"
        ),
        raised("OSError", r"cannot load library '(?P<library>[^']+)'"),
        raised("ImportError", r"failed to find (?P<library>libmagic)\b"),
    ),
    lambda found: {"install": _install(found.groups["library"])},
)
