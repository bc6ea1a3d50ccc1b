"""What a project may say in `deploy.toml`: one declaration for parsing, errors and documents.

`KEYS` and `DeployConfig` are the two views of the same declarations: the documentation's tables
are printed from `KEYS`, the parser reads by it, and every message names a key as it declares it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from nuages.core.config_kinds import (
    BadValueError,
    Job,
    Kind,
    choice,
    count_table,
    job_table,
    list_of,
    number,
    size,
    switch,
    text,
    text_or_true,
    text_table,
)
from nuages.core.errors import EXIT_PROJECT, ErrorCode, NuagesError

FILE = "deploy.toml"

BAD_TOML = ErrorCode(
    "core.E020",
    "deploy.toml is not valid TOML",
    "Mend the line that is named; strings need quotation marks, lists need brackets.",
    "deploy.toml is read as TOML 1.0. The message is the parser's own.",
    exit_code=EXIT_PROJECT,
)
UNKNOWN_KEY = ErrorCode(
    "core.E021",
    "deploy.toml has a key that Nuages does not know",
    "Correct the name, or remove the line.",
    "An unknown key is an error because a misspelt one would silently do nothing.",
    exit_code=EXIT_PROJECT,
)
BAD_VALUE = ErrorCode(
    "core.E022",
    "deploy.toml has a value of the wrong kind",
    "Write the value as the example shows.",
    "Each key has one kind of value; the documentation lists them.",
    exit_code=EXIT_PROJECT,
)
CODES = (BAD_TOML, UNKNOWN_KEY, BAD_VALUE)


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be said. `name` is empty where the whole section is the value
    (`[processes]`); `example` is the line, or the lines below the section's head, to write."""

    section: str
    name: str
    kind: Kind
    help: str
    default: str
    example: str
    attribute: str

    @property
    def title(self) -> str:
        """How messages call it: `[build] root`."""
        return f"[{self.section}] {self.name}".rstrip()


def _key(place: str, kind: Kind, about: str, example: str, default: Any = None) -> Any:
    """Declare a field of `DeployConfig`: `place` is `section.key`, or a section alone."""
    metadata = {"place": place, "kind": kind, "help": about, "example": example}
    value = kind.empty if default is None else default
    if isinstance(value, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=value, metadata=metadata)


_COMMANDS = list_of(500, most=10)
_ENGINES = choice("sqlite", "postgres", "mysql")


@dataclass(frozen=True, slots=True)
class DeployConfig:
    """A parsed `deploy.toml`. Empty strings, lists and zeros mean that it does not say.

    `memory` and `storage` are bytes, `health_timeout` seconds, `overlay` off only when asked.
    """

    root: str = _key("build.root", text(), "The project's folder inside the source.", '"backend"')
    settings: str = _key("build.settings", text(), "The settings module.", '"shop.settings.live"')
    wsgi: str = _key("build.wsgi", text(), "The WSGI application.", '"shop.wsgi:application"')
    asgi: str = _key("build.asgi", text(), "The ASGI application.", '"shop.asgi:application"')
    python: str = _key("build.python", text(), "The Python version.", '"3.12"')
    packages: tuple[str, ...] = _key(
        "build.packages", list_of(100), "System packages to add.", '["libpq-dev"]'
    )
    base: str = _key("build.base", text(), "The base of the OCI image.", '"ubuntu@24.04"')
    node: str = _key("build.node", text(), "The Node.js version for front-end assets.", '"22"')
    dockerfile: str = _key(
        "build.dockerfile",
        text_or_true("Dockerfile"),
        "A Dockerfile of the project's own that `nuages build` uses, beside the deploy.toml; "
        "`true` is `Dockerfile`.",
        '"Dockerfile"',
    )
    commands: tuple[str, ...] = _key(
        "startup.commands",
        _COMMANDS,
        "Release commands: run once per deployment, before traffic. None means that the "
        "platform migrates and collects static files.",
        '["python manage.py migrate --noinput"]',
    )
    engine: str = _key("database.engine", _ENGINES, "The database that the app gets.", '"sqlite"')
    migrations: str = _key(
        "database.migrations",
        choice("ask", "refuse", "allow"),
        "What to do about a migration that breaks the running code.",
        '"ask"',
    )
    sanitise: str = _key(
        "database.sanitise",
        text(),
        "A command that cleans the data after it was copied from another environment.",
        '"python manage.py anonymise"',
    )
    processes: Mapping[str, str] = _key(
        "processes",
        text_table(),
        "Process types and their commands; they win over the Procfile.",
        'worker = "celery -A shop worker"',
    )
    scale: Mapping[str, int] = _key(
        "scale", count_table(), "How many instances of a process type run.", "web = 2"
    )
    memory: int = _key("limits.memory", size(), "Memory of one instance.", '"512M"')
    cpu: float = _key("limits.cpu", number(0.05, 256), "CPUs of one instance.", "1.0")
    storage: int = _key("limits.storage", size(), "Room below /data.", '"1G"')
    health_path: str = _key(
        "health.path",
        text("/"),
        "The path that is asked before the switch. By default a health check that the URLconf "
        "has, else `/`, else the site's first page.",
        '"/health/"',
    )
    health_timeout: float = _key(
        "health.timeout",
        number(1, 3600),
        "Seconds until a start has failed. By default more for a slow project.",
        "60",
        60.0,
    )
    overlay: bool = _key(
        "settings.overlay",
        switch("auto", "off"),
        "Whether the platform makes the settings fit its surroundings.",
        '"off"',
        True,
    )
    keep: tuple[str, ...] = _key(
        "settings.keep", list_of(100), "Settings that the overlay leaves alone.", '["LOGGING"]'
    )
    jobs: Mapping[str, Job] = _key(
        "jobs",
        job_table(),
        "Scheduled jobs: a table for each, with a schedule and a command.",
        'schedule = "0 3 * * *"\ncommand = "python manage.py clearsessions"',
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a deploy.toml, with its line (from 1)."""

    code: ErrorCode
    message: str
    fix: str
    line: int


def _declared(entry: Field[Any]) -> Key:
    section, _, name = entry.metadata["place"].partition(".")
    kind: Kind = entry.metadata["kind"]
    has_default = isinstance(entry.default, (str, int, float)) and entry.default
    default = kind.show(entry.default) if has_default else ""
    about, example = entry.metadata["help"], entry.metadata["example"]
    line = f"{name} = {example}" if name else example
    return Key(section, name, kind, about, default, line, entry.name)


KEYS: tuple[Key, ...] = tuple(_declared(entry) for entry in fields(DeployConfig))


def parse_deploy_toml(content: str, file: str = FILE) -> DeployConfig:
    """Read a deploy.toml; raises core.E020, E021, E022 at the first mistake, with file:line."""
    config, problems = read_deploy_toml(content)
    if problems:
        first = problems[0]
        rest = "\n".join(f"{file}:{p.line}: {p.message}" for p in problems[1:])
        raise NuagesError(
            first.code, f"{file}:{first.line}: {first.message}", details=rest, hint=first.fix
        )
    return config


def read_deploy_toml(content: str) -> tuple[DeployConfig, list[Problem]]:
    """Read as much of a deploy.toml as can be read, and say everything that is wrong with it."""
    import tomllib  # noqa: PLC0415 many a project has no deploy.toml

    try:
        document = tomllib.loads(content.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        message, line = _syntax_error(str(error), content)
        return DeployConfig(), [Problem(BAD_TOML, message, BAD_TOML.hint, line)]
    find = line_finder(content)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for section, table in document.items():
        _read_section(section, table, find, values, problems)
    return DeployConfig(**values), sorted(problems, key=lambda problem: problem.line)


def _read_section(
    section: str,
    table: object,
    find: Callable[[str, str], int],
    values: dict[str, Any],
    problems: list[Problem],
) -> None:
    keys = [key for key in KEYS if key.section == section]
    if not keys:
        known = sorted({key.section for key in KEYS})
        fix = _suggestion(section, known, "The sections are", "[{}]")
        problems.append(Problem(UNKNOWN_KEY, f"There is no [{section}]", fix, find(section, "")))
        return
    if not isinstance(table, Mapping):
        message = f"{section} is a section, not a value"
        fix = f"Write [{section}] on a line of its own, and below it: {keys[0].example}"
        problems.append(Problem(BAD_VALUE, message, fix, find(section, "")))
        return
    if not keys[0].name:
        _read_value(keys[0], table, find, values, problems)
        return
    by_name = {key.name: key for key in keys}
    for name, value in table.items():
        if name in by_name:
            _read_value(by_name[name], value, find, values, problems)
            continue
        fix = _suggestion(name, sorted(by_name), f"The keys of [{section}] are", "{}")
        message = f"[{section}] has no key '{name}'"
        problems.append(Problem(UNKNOWN_KEY, message, fix, find(section, name)))


def _read_value(
    key: Key,
    value: object,
    find: Callable[[str, str], int],
    values: dict[str, Any],
    problems: list[Problem],
) -> None:
    try:
        values[key.attribute] = key.kind.read(value)
    except BadValueError as error:
        line = find(key.section + error.below, key.name or error.key)
        title = f"[{key.section}{error.below}] {key.name or error.key}".rstrip()
        fix = error.fix or f"Write, in [{key.section}]: {key.example}".replace("\n", " and ")
        problems.append(Problem(BAD_VALUE, f"{title} {error}", fix, line))


def _suggestion(name: str, known: list[str], lead: str, form: str) -> str:
    import difflib  # noqa: PLC0415 only after a mistake

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {form.format(close[0])}?"
    return f"{lead} {', '.join(form.format(each) for each in known)}."


def _syntax_error(message: str, content: str) -> tuple[str, int]:
    """The parser's message without its position, and the line (the last one at the end)."""
    text_only, _, position = message.partition(" (at ")
    found = re.match(r"line (\d+)", position)
    lines = max(1, content.count("\n") + (not content.endswith("\n")))
    return text_only or "it is nested too deeply", int(found[1]) if found else lines


def line_finder(content: str) -> Callable[[str, str], int]:
    """A function from (section, key) to the line that says it (1 where none does); tomllib
    keeps no positions."""
    places: dict[tuple[str, str], int] = {}
    section = ""
    for number_, line in enumerate(content.splitlines(), start=1):
        head = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        pair = re.match(r"\s*([\w.\"' -]+?)\s*=", line)
        if head:
            section = _bare(head[1])
            places.setdefault((section, ""), number_)
            # `[jobs.nightly]` also says that there is a `[jobs]`.
            places.setdefault((section.partition(".")[0], section.partition(".")[2]), number_)
            places.setdefault((section.partition(".")[0], ""), number_)
        elif pair:
            name = _bare(pair[1])
            whole = f"{section}.{name}" if section else name
            top, _, rest = whole.partition(".")
            places.setdefault((section, name), number_)
            places.setdefault((whole, ""), number_)
            places.setdefault((top, rest), number_)
            places.setdefault((top, ""), number_)

    def find(wanted: str, key: str) -> int:
        return places.get((wanted, key)) or places.get((wanted, "")) or 1

    return find


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
