"""Which environment variables an exception of the settings is about, and where they were read.

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
    re.compile(r"'(\w+)': \['Environment variable not set"),  # environs, sealed: of all of them
    re.compile(r"[Ee]nvironment variable '(\w+)'"),  # django-configurations, envparse
    re.compile(r"Config '(\w+)' is missing, and has no default"),  # starlette
    re.compile(r"Configuration (\w+) not found"),  # prettyconf
)
_UNFIT = (
    re.compile(r'Environment variable "(\w+)" invalid'),  # environs
    re.compile(r"^Environment variables invalid: \{.*?'(\w+)': \["),  # environs, sealed
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
# Several of them, of which each is meant.
_AND = r"['\"`]?(?:,\s*(?:and\s+)?|\s+and\s+)['\"`]?"
_LIST = re.compile(r"{0}(?:{1}{0})+".format(_NAME.pattern, _AND))
_CHOICE = re.compile(r"\b(either|or|one of)\b", re.IGNORECASE)
# Why a module cannot be had is said by itself, whatever was tried before.
_OTHERS = (ImportError, SyntaxError)


def find_variable(error):
    """`{"variable", "cast", "doubt", "also"}`: the variable that is not set, what its text is to
    become (empty: unknown), and the variable whose value does not fit; each empty where it is
    none. `also` are others that are not set, as `{"variable", "cast"}`."""
    found = {"variable": "", "cast": "", "doubt": "", "also": []}
    for each in _chain(error):
        if type(each).__name__ == "ValidationError" and hasattr(each, "errors"):
            found.update(_of_pydantic(each))
        if not found["variable"]:
            found.update(_of_names([_of_environ(each)]) or _of_message(str(each)))
        if found["variable"] or found["doubt"]:
            break
    return found


def guess_variables(error, source):
    """`find_variable`'s words for what the project's own code says of a variable, or of several
    that it lists; empty where it says nothing of one."""
    frames = list(traceback.walk_tb(error.__traceback__))
    inside = os.path.join(source, "")
    if isinstance(error, _OTHERS) or not frames:
        return {}
    message = str(error)
    if isinstance(error, SystemExit):
        # exit() has a frame of its own; what it is about was printed before.
        frames = [each for each in frames if each[0].f_code.co_filename.startswith(inside)]
        message += _lines_before(*frames[-1]) if frames else ""
    if not frames or not frames[-1][0].f_code.co_filename.startswith(inside):
        return {}
    if not _ABOUT.search(message):
        return {}
    listed = None if _CHOICE.search(message) else _LIST.search(message)
    names = _absent_names(listed.group()) if listed else []
    if not names:
        names = _absent_names(message)
        names = [name for name in names if "_" in name] or names
        names = names if len(names) == 1 else []
    return _of_names(names)


def _absent_names(text):
    return [
        name
        for name in dict.fromkeys(_NAME.findall(text))
        if len(name) >= _SHORTEST_NAME and name not in os.environ
    ]


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
        names = pattern.findall(message)
        if names:
            return _of_names(names)
    doubts = [match.group(1) for match in (each.search(message) for each in _UNFIT) if match]
    return {"doubt": doubts[0]} if doubts else {}


def _of_names(names, casts=()):
    """`find_variable`'s words for these variables; none for no name."""
    casts = dict(casts)
    rows = [{"variable": name, "cast": casts.get(name, "")} for name in dict.fromkeys(names)]
    rows = [row for row in rows if row["variable"]]
    return dict(rows[0], also=rows[1:]) if rows else {}


def _of_pydantic(error):
    """As `find_variable`: the fields that are missing, or that a validator of the project's
    own says are; else the first whose value does not fit."""
    settings = settings_class(error)
    rows = error.errors() if settings is not None else []
    missing = [row["loc"] for row in rows if row["type"] in ("missing", "value_error.missing")]
    for row in [] if missing else rows:
        missing += _said_to_be_missing(settings, row)
    if missing:
        casts = [(variable_of(settings, place), cast_of(settings, place)) for place in missing]
        return _of_names([name for name, _ in casts], casts)
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
    absent = [place for place in named if not _has_value(variable_of(settings, place))]
    return absent[:1] if _CHOICE.search(message) else absent


def _has_value(name):
    # Most settings classes do not tell upper from lower case.
    return any(os.environ.get(each) for each in (name, name.upper(), name.lower()))
