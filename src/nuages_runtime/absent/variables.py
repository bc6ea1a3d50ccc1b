"""Which environment variable an exception of the settings is about, and where it was read.

Knows the words of django-environ, python-decouple, environs and pydantic-settings, the KeyError
of `os.environ`, and what helpers of projects' own say.
"""

import linecache
import os
import re
import sys
import traceback

from nuages_runtime.absent.fields import cast_of, fields_of, settings_class, variable_of

_SAID = (
    re.compile(r"Set the (\w+) environment variable"),  # django-environ
    re.compile(r"(\w+) not found\. Declare it as envvar"),  # python-decouple
    re.compile(r'Environment variable "(\w+)" not set'),  # environs
    re.compile(r"'(\w+)': \['Environment variable not set"),  # environs, sealed
    re.compile(r"[Ee]nvironment variable '(\w+)'"),  # django-configurations, envparse
    re.compile(r"Config '(\w+)' is missing, and has no default"),  # starlette
    re.compile(r"Configuration (\w+) not found"),  # prettyconf
)
# Of a helper's own message: that it is about a variable, and what can be the name of one.
_ABOUT = re.compile(
    r"environment|env(\.|\b| ?var)|not (be )?(set|found|defined|configured|provided)|"
    r"must (be|have|set|provide|define)|need (to|a)\b|missing|requires?d?\b|undefined|"
    r"(please|have to) (set|provide|define)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
_SHORTEST_NAME = 3
# Why a module cannot be had is said by itself, whatever was tried before.
_OTHERS = (ImportError, SyntaxError)


def find_variable(error):
    """`{"variable", "cast", "doubt"}`: the variable that is not set, what its text is to become
    (empty: unknown), and the variable whose value does not fit; each empty where it is none."""
    found = {"variable": "", "cast": "", "doubt": ""}
    for each in _chain(error):
        if type(each).__name__ == "ValidationError" and hasattr(each, "errors"):
            found.update(_of_pydantic(each))
        found["variable"] = found["variable"] or _of_environ(each) or _of_message(str(each))
        if found["variable"] or found["doubt"]:
            break
    return found


def guess_variable(error, source):
    """The one name in what the project's own code says of a variable; empty where it says
    nothing of one."""
    frames = list(traceback.walk_tb(error.__traceback__))
    inside = os.path.join(source, "")
    if isinstance(error, _OTHERS) or not frames:
        return ""
    message = str(error)
    if isinstance(error, SystemExit):
        # exit() has a frame of its own; what it is about was printed before.
        frames = [each for each in frames if each[0].f_code.co_filename.startswith(inside)]
        message += _lines_before(*frames[-1]) if frames else ""
    if not frames or not frames[-1][0].f_code.co_filename.startswith(inside):
        return ""
    if not _ABOUT.search(message):
        return ""
    names = [
        name
        for name in dict.fromkeys(_NAME.findall(message))
        if len(name) >= _SHORTEST_NAME and name not in os.environ
    ]
    likely = [name for name in names if "_" in name] or names
    return likely[0] if len(likely) == 1 else ""


def _lines_before(frame, line):
    """The lines of code that led to one, as many as a message takes."""
    file = frame.f_code.co_filename
    return " ".join(linecache.getline(file, number) for number in range(max(line - 3, 1), line))


def read_place(error, name, source):
    """(file below `source`, line) of the project's deepest line that names the variable; None
    where no line does."""
    found = None
    inside = os.path.join(source, "")
    for each in _chain(error):
        for frame, line in traceback.walk_tb(each.__traceback__):
            file = frame.f_code.co_filename
            if file.startswith(inside) and re.search(
                r"\b{}\b".format(re.escape(name)), linecache.getline(file, line)
            ):
                found = (file[len(inside) :], line)
    return found


def _chain(error):
    """The exception, then those that it was raised from or while handling."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        if isinstance(error, _OTHERS):
            break
        error = error.__cause__ or error.__context__
    return seen


def _of_environ(error):
    if isinstance(error, KeyError) and error.args:
        frames = list(traceback.walk_tb(error.__traceback__))
        if frames and frames[-1][0].f_code.co_filename in _os_files():
            return str(error.args[0])
    return ""


def _os_files():
    # Frozen from Python 3.11 on, where tracebacks say so.
    return (os.__file__, "<frozen os>", getattr(sys.modules["os"].__spec__, "origin", ""))


def _of_message(message):
    for pattern in _SAID:
        match = pattern.search(message)
        if match:
            return match.group(1)
    return ""


def _of_pydantic(error):
    """As `find_variable`: the first field that is missing, or that a validator of the project's
    own says is; else the first whose value does not fit."""
    settings = settings_class(error)
    rows = error.errors() if settings is not None else []
    missing = [row["loc"] for row in rows if row["type"] in ("missing", "value_error.missing")]
    for row in [] if missing else rows:
        missing += _said_to_be_missing(settings, row)
    if missing:
        place = missing[0]
        return {"variable": variable_of(settings, place), "cast": cast_of(settings, place)}
    rows = [row for row in rows if row["loc"]]
    return {"doubt": variable_of(settings, rows[0]["loc"])} if rows else {}


def _said_to_be_missing(settings, row):
    """The places of fields that a validator asks for: those that it names, else the one that it
    is about; none where they have a value."""
    message = str(row["msg"])
    if not _ABOUT.search(message):
        return []
    words = re.findall(r"\w+", message)
    known = {name: (name,) for name in fields_of(settings)}
    known.update((variable_of(settings, place), place) for place in list(known.values()))
    named = [known[word] for word in words if word in known]
    if not named and row["loc"] and row["loc"][0] in known:
        named = [tuple(row["loc"])]
    return [place for place in named if not _has_value(variable_of(settings, place))]


def _has_value(name):
    # Most settings classes do not tell upper from lower case.
    return any(os.environ.get(each) for each in (name, name.upper(), name.lower()))
