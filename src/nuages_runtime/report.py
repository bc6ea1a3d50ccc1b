"""Reports that one-off processes leave for the platform, with errors told in a way that names
the file, the line and what is missing, and without the value of any variable."""

import base64
import json
import os
import re
import traceback
from urllib.parse import quote, unquote

from nuages_runtime.absent.modules import absent_module
from nuages_runtime.absent.unfit import is_unfit
from nuages_runtime.absent.variables import find_variable, guess_variables, read_place

EXCHANGE = "/run/nuages"
SOURCE = "/app"
REDACTED = "[redacted]"

# Variables whose values are no secret and may be part of any text.
_PUBLIC = frozenset(
    (
        "PATH",
        "HOME",
        "LANG",
        "PORT",
        "PWD",
        "USER",
        "SHELL",
        "VIRTUAL_ENV",
        "DJANGO_SETTINGS_MODULE",
        "ALLOWED_HOSTS",
        "DOMAIN",
        "DOMAIN_ALIASES",
        "DOMAIN_REDIRECTS",
        "DJANGO_DEBUG",
        "SECURE_SSL_REDIRECT",
        "STATSD_HOST",
        "STATSD_PORT",
    )
)
# Nobody's secret, whichever variable has it: what the platform itself puts in where nothing is set.
_KNOWN = frozenset(("localhost", "/data/db.sqlite3", "django.db.backends.sqlite3"))
# The parts of a report that are text for people; and what of an error is not.
_TEXTS = ("warnings", "changes", "checks", "tolerated")
_PLACES = frozenset(
    (
        "step",
        "type",
        "file",
        "line",
        "variable",
        "cast",
        "doubt",
        "also",
        "module",
        "unfit",
        "migration",
    )
)
_SHORTEST_SECRET = 8
_PASSWORD = re.compile(r"://[^/:@]*:([^/@]+)@")


def write(document, exchange=EXCHANGE):
    """Leave `document` as report.json in the folder `exchange`, whole or not at all. The values
    of variables are taken out of what is text for people; names and paths are acted upon, so
    they stay whatever they have in common with a value."""
    path = os.path.join(exchange, "report.json")
    text = json.dumps(_readable(document))
    with open(path + ".tmp", "w") as stream:
        stream.write(text)
    os.rename(path + ".tmp", path)


def _readable(document):
    hidden = secrets()
    clean = dict(document)
    for name in _TEXTS:
        if name in clean:
            clean[name] = without(clean[name], hidden)
    if clean.get("error"):
        clean["error"] = {
            key: item if key in _PLACES else without(item, hidden)
            for key, item in clean["error"].items()
        }
    if "plan" in clean:
        clean["plan"] = [
            dict(row, operations=without(row["operations"], hidden)) for row in clean["plan"]
        ]
    return clean


def redact(value):
    """`value` with the values of variables taken out of every text in it."""
    return without(value, secrets())


def secrets():
    """The values of variables, also percent-encoded and in base64, and the passwords that URLs
    among them hold; the longest first."""
    found = set()
    plain = _KNOWN.union(os.environ.get(name, "") for name in _PUBLIC)
    for name, text in os.environ.items():
        if text in plain:
            continue
        if name not in _PUBLIC and not name.startswith(("NUAGES_", "PYTHON", "LC_")):
            if len(text) >= _SHORTEST_SECRET:
                found.update((text, quote(text), quote(text, safe=""), _base64(text)))
            password = _PASSWORD.search(text)
            if password:
                found.update((password.group(1), unquote(password.group(1))))
    return sorted(found, key=len, reverse=True)


def _base64(text):
    # Without the end, which depends on what follows.
    encoded = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
    return encoded.rstrip("=")[:-1]


def without(value, secrets):
    """`value` with these texts taken out of every text in it."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return value
    if isinstance(value, dict):
        return {key: without(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(item, secrets) for item in value]
    return value


def explain(error, step, source=SOURCE):
    """An exception as `{"step", "type", "message", "file", "line", "trace", "hint",
    "variable", "cast", "doubt", "also", "module", "unfit"}`: the file is the deepest one of the
    project's (POSIX, below `source`), or where a variable that is not set was read; variable, cast,
    doubt and also are what `find_variable` says, each of `also` with its file and line; the module
    is one that nothing brings; unfit is whether packages do not fit each other."""
    about = find_variable(error)
    guess = {} if any(about.values()) else guess_variables(error, source)
    about.update(guess)
    variable = about["variable"]
    file, line = (variable and read_place(error, variable, source)) or _place(error, source)
    message, hint = _tell(error, [row["variable"] for row in [about, *about["also"]]])
    if guess:
        # The project's own words may be of something else.
        message = str(error)
    for row in about["also"]:
        found = read_place(error, row["variable"], source) or _place(error, source)
        row["file"], row["line"] = found
    return {
        "step": step,
        "type": type(error).__name__,
        "message": message,
        "file": file,
        "line": line,
        "trace": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
        "hint": hint,
        "module": absent_module(error),
        "unfit": not variable and is_unfit(error, source),
        **about,
    }


def last_line(error):
    """One line for an exception: `DisallowedHost: Invalid HTTP_HOST header …`."""
    lines = traceback.format_exception_only(type(error), error)
    text = " ".join(lines[-1].split()) if lines else type(error).__name__
    return redact(text)


def _place(error, source):
    inside = os.path.join(source, "")
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(inside):
        return error.filename[len(inside) :], error.lineno
    found = ("", None)
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith(inside):
            found = (name[len(inside) :], line)
    return found


def _tell(error, names):
    """What happened, and what to do about it where that is known. `names` are the variables that
    are missing."""
    message = str(error)
    if any(names):
        given = " ".join("{}=...".format(name) for name in names)
        if len(names) > 1:
            said = "the variables {} are not set".format(", ".join(names))
            return said, "Set them: nuages config APP set {}".format(given)
        said = "the variable {} is not set".format(names[0])
        return said, "Set it: nuages config APP set {}".format(given)
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        return message, "Add the package that brings '{}' to the requirements.".format(top)
    return message, ""
