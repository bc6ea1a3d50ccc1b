"""Process types and release commands: deploy.toml before the Procfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nuages.core.command_line import for_shell, needs_shell
from nuages.core.facts import Fact, ProcessFound
from nuages.core.own_commands import is_own_collectstatic, is_own_migrate
from nuages.inspect.declared.processes import (
    BAD_PROCFILE,
    FRONT_LEFT_OUT,
    NEEDS_SHELL,
    SHELL_LINE,
    STEP_BEFORE_WEB,
    STEP_NOT_RUN,
)
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, join

_LINE = re.compile(r"([A-Za-z0-9_-]+)\s*:\s*(\S.*)")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=\S*\s")
# What build packs of Heroku's put before a command: https://github.com/heroku/heroku-buildpack-nginx
# and its like for PgBouncer. The first has a form without a command.
_FRONT = re.compile(
    r"(?:(?:\./)?bin/start-(?:nginx(?:-debug|-solo)?|pgbouncer(?:-stunnel)?|stunnel)(?:\s+|$))+"
)
RELEASE = "release"
WEB = "web"


@dataclass(frozen=True, slots=True)
class ProcfileLine:
    """One process type of a Procfile, with its line."""

    name: str
    command: str
    line: int


@dataclass(frozen=True, slots=True)
class Processes:
    """Process types by name, and the release commands, each the words of one program."""

    processes: tuple[Fact[ProcessFound], ...]
    release_commands: tuple[Fact[str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process type is named: `Procfile` or `deploy.toml`, the file and the line."""

    origin: str
    file: str
    line: int

    @property
    def shown(self) -> str:
        """As reasons call it."""
        return "the Procfile" if self.origin == "Procfile" else "[processes] web"


def find_processes(tree: Tree, root: str, said: Said, remarks: Remarks) -> Processes:
    """What the project says of its processes. A web process that it does not name is absent:
    the platform's own server is used."""
    path, lines = _procfile(tree, root, remarks)
    found: dict[str, Fact[ProcessFound]] = {}
    release: list[Fact[str]] = []
    before: list[Fact[str]] = []
    for line in lines:
        place = (path, line.line)
        command = _without_front(line.command, place, remarks)
        commands = _commands(command, root, place, remarks)
        if line.name == RELEASE:
            reason = "the release line of the Procfile"
            release = [Fact(each, reason, "Procfile", *place) for each in commands]
        elif commands and line.name not in said.config.processes:
            *steps, last = commands
            process = ProcessFound(line.name, last)
            found[line.name] = Fact(process, "named in the Procfile", "Procfile", *place)
            before += _steps_before(process, steps, Place("Procfile", *place), remarks)
    for name, command in said.config.processes.items():
        place = (said.file, said.line(f"processes.{name}"))
        commands = _commands(command, root, place, remarks)
        if commands:
            *steps, last = commands
            process = ProcessFound(name, last)
            found[name] = Fact(process, "[processes]", "deploy.toml", *place)
            before += _steps_before(process, steps, Place("deploy.toml", *place), remarks)
    if said.config.commands:
        place = (said.file, said.line("startup.commands"))
        release = [
            Fact(each, "[startup] commands", "deploy.toml", *place)
            for command in said.config.commands
            for each in _commands(command, root, place, remarks)
        ]
    known = {command.value for command in release}
    release += [command for command in before if command.value not in known]
    return Processes(tuple(found.values()), tuple(release))


def _without_front(command: str, place: tuple[str, int], remarks: Remarks) -> str:
    """A command of a Procfile without the servers in front of it that another platform brings."""
    front = _FRONT.match(command)
    if front is None:
        return command
    remarks.say(FRONT_LEFT_OUT, f"'{front[0].strip()}' is left out: the proxy is there", *place)
    return command[front.end() :]


def _steps_before(
    process: ProcessFound, steps: list[str], place: Place, remarks: Remarks
) -> list[Fact[str]]:
    """The release commands that `steps` become, which stand before a process's own command.
    They prepare the site, as `migrate` does: once for each deployment is enough."""
    other = ", ".join(f"'{step}'" for step in steps if not _is_own(step))
    if process.name != WEB:
        if other:
            message = f"Process '{process.name}' runs '{process.command}' alone, without {other}"
            remarks.say(STEP_NOT_RUN, message, place.file, place.line)
        return []
    if other:
        message = f"{other} is run once for each deployment, before the release is live"
        remarks.say(STEP_BEFORE_WEB, message, place.file, place.line)
    reason = f"stands before the server in {place.shown}"
    return [Fact(step, reason, place.origin, place.file, place.line) for step in steps]


def _is_own(command: str) -> bool:
    words = command.split()
    return is_own_migrate(words) or is_own_collectstatic(words)


def parse_procfile(text: str) -> Iterator[ProcfileLine | tuple[int, str]]:
    """The lines of a Procfile: process types, and (line, text) for what is none."""
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        yield ProcfileLine(found[1], found[2], number) if found else (number, line)


def split_steps(command: str) -> list[str]:
    """The parts of `a && b`, which run one after the other without a shell; quoted ones stay."""
    parts, start, quote, position = [], 0, "", 0
    while position < len(command):
        letter = command[position]
        if letter == "\\" and quote != "'":
            position += 1
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif command.startswith("&&", position):
            parts.append(command[start:position])
            position += 1
            start = position + 1
        position += 1
    parts.append(command[start:])
    return [part.strip() for part in parts if part.strip()]


def _procfile(tree: Tree, root: str, remarks: Remarks) -> tuple[str, list[ProcfileLine]]:
    for path in (join(root, "Procfile"), "Procfile"):
        if not tree.has(path):
            continue
        lines = []
        for entry in parse_procfile(tree.text(path)):
            if isinstance(entry, ProcfileLine):
                lines.append(entry)
            else:
                number, text = entry
                remarks.say(BAD_PROCFILE, f"'{text[:80]}' is no process type", path, number)
        return path, lines
    return "", []


def _commands(command: str, root: str, place: tuple[str, int], remarks: Remarks) -> list[str]:
    """A command as those it consists of, for the project's folder as the current one."""
    commands = []
    operator = ""
    for step in split_steps(command):
        words = step.removeprefix("exec ").strip()
        if words in (f"cd {root}", f"cd ./{root}", f"cd {root}/", "cd ."):
            # The project's folder is the current one anyway.
            continue
        if root != ".":
            words = re.sub(rf"(^|\s)(?:\./)?{re.escape(root)}/manage\.py\b", r"\1manage.py", words)
        operator = operator or needs_shell(words) or ("cd" if words.startswith("cd ") else "")
        commands.append(words)
    if not operator:
        return [f"env {words}" if _ASSIGNMENT.match(words) else words for words in commands]
    message = f"'{command}' needs a shell for '{operator}'"
    if place[0].rpartition("/")[2] != "Procfile":
        remarks.say(NEEDS_SHELL, message, *place)
        return []
    remarks.say(SHELL_LINE, message, *place)
    return [for_shell(" && ".join(commands))]
