"""The kinds of value that a key of `deploy.toml` can have, and how each is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_PROCESS = re.compile(r"[A-Za-z0-9_-]{1,40}")
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
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
    """A kind of value: its name in documents, its reader, and what stands for "not said"."""

    name: str
    read: Callable[[Any], Any]
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

    return Kind("text", read, "")


def choice(*values: str) -> Kind:
    """One of a few words."""
    listed = " | ".join(values)

    def read(value: Any) -> str:
        string = _string(value)
        if string not in values:
            raise BadValueError(f"is {string!r}; it must be one of {', '.join(values)}")
        return string

    return Kind(listed, read, "")


def switch(on: str, off: str) -> Kind:
    """Two words that stand for yes and no."""
    words = choice(on, off)
    return Kind(
        words.name, lambda value: words.read(value) == on, True, lambda value: on if value else off
    )


def number(least: float, most: float) -> Kind:
    """A number within bounds."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BadValueError(f"must be a number, not {_named(value)}")
        if not least <= value <= most:
            raise BadValueError(f"is {value}; it must be between {least:g} and {most:g}")
        return float(value)

    return Kind("number", read, 0.0, lambda value: f"{value:g}")


def size() -> Kind:
    """Bytes, written as `512M` or `1G` (powers of 1024), or as a whole number."""

    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        found = _SIZE.fullmatch(_string(value).strip())
        amount = int(float(found[1]) * _UNITS[found[2].upper()]) if found else 0
        if amount < 1:
            raise BadValueError(f'is {value!r}; it must be a size such as "512M" or "1G"')
        return amount

    return Kind("size", read, 0)


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

    return Kind("list of text", read, ())


def text_table() -> Kind:
    """A table from process types to commands."""
    return Kind("table of text", lambda value: _table(value, text().read), {})


def count_table() -> Kind:
    """A table from process types to how many of each."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValueError(f"must be a whole number, not {_named(value)}")
        if not 0 <= value <= 1000:
            raise BadValueError(f"is {value}; it must be between 0 and 1000")
        return value

    return Kind("table of whole numbers", lambda value: _table(value, read), {})


def job_table() -> Kind:
    """A table of tables: the scheduled jobs by name."""
    return Kind("table of jobs", lambda value: _table(value, _job, below=True), {})


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


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"must be text in quotation marks, not {_named(value)}")
    return value


def _named(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    named = names.get(type(value), "a table" if isinstance(value, Mapping) else "a date")
    return "text" if isinstance(value, str) else named
