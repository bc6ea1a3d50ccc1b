"""Which environment variable an exception of the settings is about, and where it was read.

Knows the words of django-environ, python-decouple, environs and pydantic-settings, the KeyError
of `os.environ`, and what helpers of projects' own say.
"""

import linecache
import os
import re
import sys
import traceback

_SAID = (
    re.compile(r"Set the (\w+) environment variable"),  # django-environ
    re.compile(r"(\w+) not found\. Declare it as envvar"),  # python-decouple
    re.compile(r'Environment variable "(\w+)" not set'),  # environs
    re.compile(r"'(\w+)': \['Environment variable not set"),  # environs, sealed
)
# Of a helper's own message: that it is about a variable, and what can be the name of one.
_ABOUT = re.compile(
    r"environment|env(\.|\b| ?var)|not (be )?(set|found|defined|configured|provided)|"
    r"must (be|have)|missing|required?\b|undefined",
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
    if not frames[-1][0].f_code.co_filename.startswith(inside) or not _ABOUT.search(message):
        return ""
    names = [
        name
        for name in dict.fromkeys(_NAME.findall(message))
        if len(name) >= _SHORTEST_NAME and name not in os.environ
    ]
    likely = [name for name in names if "_" in name] or names
    return likely[0] if len(likely) == 1 else ""


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
    """The first field that is missing, else the first whose value does not fit, as variables."""
    settings = _settings_class(error)
    rows = error.errors() if settings is not None else []
    missing = [row for row in rows if row["type"] in ("missing", "value_error.missing")]
    if missing:
        place = missing[0]["loc"]
        return {"variable": _variable_of(settings, place), "cast": _cast_of(settings, place)}
    return {"doubt": _variable_of(settings, rows[0]["loc"])} if rows else {}


def _settings_class(error):
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for name in ("__pydantic_self__", "self"):
            kind = type(frame.f_locals.get(name))
            if any(each.__name__ == "BaseSettings" for each in kind.__mro__):
                return kind
    return None


def _fields(settings):
    fields = getattr(settings, "model_fields", None)
    return settings.__fields__ if fields is None else fields


def _variable_of(settings, place):
    name = str(place[0])
    config = getattr(settings, "model_config", None)
    if config is None:
        # pydantic 1 keeps the names with each field.
        config = vars(settings.__config__)
        field = settings.__fields__.get(name)
        names = field.field_info.extra.get("env_names") if field is not None else None
        return sorted(names)[0].upper() if names else name.upper()
    field = _fields(settings).get(name)
    if field is not None and getattr(field, "validation_alias", None) is None:
        name = (config.get("env_prefix") or "") + name
    delimiter = config.get("env_nested_delimiter")
    if delimiter:
        name = delimiter.join([name] + [str(part) for part in place[1:]])
    return name if config.get("case_sensitive") else name.upper()


def _cast_of(settings, place):
    fields = _fields(settings)
    field = fields.get(str(place[0]))
    if field is None:
        named = [each for each in fields.values() if place[0] == getattr(each, "alias", None)]
        field = named[0] if named else None
    kind = getattr(field, "annotation", None) or getattr(field, "outer_type_", None)
    if kind is None or len(place) > 1:
        return ""
    if kind in (bool, int):
        return kind.__name__
    text = str(kind).rpartition(".")[2] if isinstance(kind, type) else str(kind)
    lowered = text.lower()
    for part, cast in (
        ("list[", "json"),
        ("set[", "json"),
        ("tuple[", "json"),
        ("dict[", "dict"),
        ("postgres", "postgres"),
        ("redis", "redis"),
        ("float", "int"),
        ("decimal", "int"),
        ("email", "email"),
        ("dsn", "http"),
        ("url", "http"),
    ):
        if part in lowered:
            return cast
    return {list: "json", set: "json", tuple: "json", dict: "dict"}.get(kind, "")
