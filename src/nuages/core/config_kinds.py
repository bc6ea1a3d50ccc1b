"""The kinds of value that a key of `deploy.toml` can have, and how each is checked.

Each says the same twice: as a reader, which refuses with words, and as JSON Schema for editors.
Where JSON knows no difference (`2` and `2.0`), the reader makes none. Patterns are written so that
Python and ECMA 262 read them alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_PROCESS = re.compile(r"[A-Za-z0-9_-]{1,40}")
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
# An amount of at least one; or a part of one, which needs a unit to be a byte or more.
_SIZE = re.compile(
    r"(0*[1-9][0-9]{0,14}(?:\.[0-9]{1,15})?)\s*([KMGTkmgt]?)(?:[Ii]?[Bb])?"
    r"|(0+\.[0-9]{0,2}[1-9][0-9]{0,12})\s*([KMGTkmgt])(?:[Ii]?[Bb])?"
)
# A schedule is five fields, or a nickname such as @daily (crontab(5)).
_SCHEDULE = re.compile(
    r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|(?:\S+\s+){4}\S+"
)


class BadValueError(ValueError):
    """A value that its kind refuses. The text completes "[section] key …"; `key` and `below`
    point deeper where the value is a table; `fix` replaces the usual advice."""

    def __init__(self, message: str, *, key: str = "", below: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.below = below
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: its name in documents, its reader, the JSON Schema (draft 2020-12) of what
    the reader takes, and what stands for "not said"."""

    name: str
    read: Callable[[Any], Any]
    schema: Schema
    empty: Any
    show: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Job:
    """A timed command: five cron fields (or `@daily` and its like), and the command."""

    schedule: str
    command: str


def text(start: str = "", longest: int = 500) -> Kind:
    """A string that is not empty and begins with `start`."""

    def read(value: Any) -> str:
        string = _string(value)
        if not string.strip():
            raise BadValueError("is empty")
        if len(string) > longest:
            raise BadValueError(f"has {len(string)} characters; at most {longest} are allowed")
        if not string.startswith(start):
            raise BadValueError(f"is {string!r}; it must begin with {start!r}")
        return string

    pattern = f"^{re.escape(start)}" if start else r"\S"
    schema = {"type": "string", "pattern": pattern, "maxLength": longest}
    return Kind("text", read, schema, "")


def choice(*values: str) -> Kind:
    """One of a few words."""
    listed = " | ".join(values)

    def read(value: Any) -> str:
        string = _string(value)
        if string not in values:
            raise BadValueError(f"is {string!r}; it must be one of {', '.join(values)}")
        return string

    return Kind(listed, read, {"type": "string", "enum": list(values)}, "")


def switch(on: str, off: str) -> Kind:
    """Two words that stand for yes and no."""
    words = choice(on, off)
    return Kind(
        words.name,
        lambda value: words.read(value) == on,
        words.schema,
        True,
        lambda value: on if value else off,
    )


def text_or_true(meant: str) -> Kind:
    """A text, or `true` for the usual one."""
    plain = text()

    def read(value: Any) -> str:
        if isinstance(value, bool):
            return meant if value else ""
        string: str = plain.read(value)
        return string

    return Kind("text, or true", read, {"anyOf": [{"type": "boolean"}, plain.schema]}, "")


def number(least: float, most: float) -> Kind:
    """A number within bounds."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BadValueError(f"must be a number, not {_named(value)}")
        if not least <= value <= most:
            raise BadValueError(f"is {value}; it must be between {least:g} and {most:g}")
        return float(value)

    schema = {"type": "number", "minimum": least, "maximum": most}
    return Kind("number", read, schema, 0.0, lambda value: f"{value:g}")


def size() -> Kind:
    """Bytes, written as `512M` or `1G` (powers of 1024), or as a whole number."""

    def read(value: Any) -> int:
        whole = _whole(value)
        if whole is not None and whole > 0:
            return whole
        found = _SIZE.fullmatch(_string(value).strip())
        if not found:
            raise BadValueError(f'is {value!r}; it must be a size such as "512M" or "1G"')
        return int(float(found[1] or found[3]) * _UNITS[(found[2] or found[4] or "").upper()])

    words = {"type": "string", "pattern": _whole_text(_SIZE)}
    schema = {"anyOf": [{"type": "integer", "minimum": 1}, words]}
    return Kind("size", read, schema, 0)


def list_of(longest: int, most: int = 100) -> Kind:
    """A list of strings, each of at most `longest` characters, at most `most` of them."""
    element = text(longest=longest)

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise BadValueError(f"must be a list of strings, not {_named(value)}")
        if len(value) > most:
            raise BadValueError(f"has {len(value)} entries; at most {most} are allowed")
        entries = []
        for position, entry in enumerate(value, start=1):
            try:
                entries.append(element.read(entry))
            except BadValueError as error:
                raise BadValueError(f"entry {position} {error}") from None
        return tuple(entries)

    schema = {"type": "array", "items": element.schema, "maxItems": most}
    return Kind("list of text", read, schema, ())


def text_table() -> Kind:
    """A table from process types to commands."""
    entry = text()
    schema = _table_schema(entry.schema)
    return Kind("table of text", lambda value: _table(value, entry.read), schema, {})


def count_table() -> Kind:
    """A table from process types to how many of each."""

    def read(value: Any) -> int:
        whole = _whole(value)
        if whole is None:
            raise BadValueError(f"must be a whole number, not {_named(value)}")
        if not 0 <= whole <= 1000:
            raise BadValueError(f"is {whole}; it must be between 0 and 1000")
        return whole

    schema = _table_schema({"type": "integer", "minimum": 0, "maximum": 1000})
    return Kind("table of whole numbers", lambda value: _table(value, read), schema, {})


def job_table() -> Kind:
    """A table of tables: the scheduled jobs by name."""
    words = text().schema
    job = {
        "type": "object",
        "properties": {"schedule": {**words, "pattern": _whole_text(_SCHEDULE)}, "command": words},
        "required": ["schedule", "command"],
        "additionalProperties": False,
    }
    schema = _table_schema(job)
    return Kind("table of jobs", lambda value: _table(value, _job, below=True), schema, {})


def _job(value: Any) -> Job:
    if not isinstance(value, Mapping):
        raise BadValueError(f"must be a table with schedule and command, not {_named(value)}")
    for name in value:
        if name not in ("schedule", "command"):
            fix = "A job has a schedule and a command."
            raise BadValueError("is not known", key=str(name), fix=fix)
    for name in ("schedule", "command"):
        if name not in value:
            raise BadValueError(f"has no {name}")
    try:
        schedule, command = text().read(value["schedule"]), text().read(value["command"])
    except BadValueError as error:
        raise BadValueError(f"has a schedule or command that {error}") from None
    if not _SCHEDULE.fullmatch(schedule.strip()):
        message = f"is {schedule!r}; it needs five fields, or a word such as @daily"
        raise BadValueError(message, key="schedule")
    return Job(schedule.strip(), command)


def _table(value: Any, read: Callable[[Any], Any], *, below: bool = False) -> dict[str, Any]:
    table = {}
    for name, entry in value.items():
        if not _PROCESS.fullmatch(name):
            fix = "Use letters, digits, hyphens and underscores."
            raise BadValueError("is not a name for a process type or a job", key=name, fix=fix)
        try:
            table[name] = read(entry)
        except BadValueError as error:
            if below:
                raise BadValueError(
                    str(error), key=error.key, below=f".{name}", fix=error.fix
                ) from None
            raise BadValueError(str(error), key=name) from None
    return table


def _table_schema(entry: Schema) -> Schema:
    names = {"pattern": f"^{_PROCESS.pattern}$"}
    return {"type": "object", "propertyNames": names, "additionalProperties": entry}


def _whole_text(pattern: re.Pattern[str]) -> str:
    """A pattern for JSON Schema, which looks anywhere in a text: it takes the whole of it."""
    return rf"^\s*(?:{pattern.pattern})\s*$"


def _whole(value: Any) -> int | None:
    """The whole number that `value` is, also where it is written `2.0`; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"must be text in quotation marks, not {_named(value)}")
    return value


def _named(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    named = names.get(type(value), "a table" if isinstance(value, Mapping) else "a date")
    return "text" if isinstance(value, str) else named
