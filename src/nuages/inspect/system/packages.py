"""What the app takes of the operating system: packages to compile distributions with, libraries
that are loaded by name, and programs that its code starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from packaging.version import InvalidVersion, Version

from nuages.core.facts import Fact, SystemPackage
from nuages.core.system_packages import (
    BRINGS,
    DISTRIBUTIONS,
    GEODJANGO,
    KNOWN,
    NAME,
    PROGRAMS,
    SPATIALITE,
    Needs,
    ways_to_install,
)
from nuages.inspect.declared.system import BAD_PACKAGE, COMPILED, HINTED, LOADS
from nuages.inspect.evidence import Evidence
from nuages.inspect.system.hints import Hint, find_hints

_GIS = re.compile(rb"django\.contrib\.gis\b")
_ENGINE = re.compile(rb"django\.(?:contrib\.gis\.)?db\.backends\.\w+")
# A program as the first word of what is started, or as what is looked for.
_STARTED = re.compile(
    rb"(?:\brun|\bcall|\bcheck_call|\bcheck_output|\bPopen|\bsystem|\bgetoutput|\bwhich"
    rb"|\bcreate_subprocess_exec|\bcreate_subprocess_shell)\(\s*\[?\s*[rf]?[\"']([\w.+-]+)[\"' ]"
)
# In every file that one of the two expressions finds something in; this is looked for first,
# because it takes a tenth of the time.
_STARTERS = (b"run(", b"call(", b"_output(", b"Popen(", b"system(", b"getoutput(", b"which(",
             b"_exec(", b"_shell(", b"call_command(")  # fmt: skip
_COMPILES_MESSAGES = re.compile(rb"call_command\(\s*[\"']compilemessages[\"']")
_NOT_LOADED = re.compile(r"(?:^|/)(?:tests?|docs|examples?)/|(?:^|/)(?:test_|conftest|setup\.py)")
_GIT = re.compile(r"\bgit\+[a-z]+://")


@dataclass(slots=True)
class _Found:
    """Packages by name: the first reason counts, and a wish to compile gives way to a use."""

    packages: dict[str, Fact[SystemPackage]] = field(default_factory=dict)

    def take(
        self, names: Iterable[str], use: str, reason: str, place: tuple[str, int], origin: str
    ) -> None:
        for name in names:
            self.packages.setdefault(name, Fact(SystemPackage(name, use), reason, origin, *place))


def find_system_packages(
    evidence: Evidence, release_commands: Sequence[Fact[str]], database: str
) -> tuple[Fact[SystemPackage], ...]:
    """The packages in the order in which they were found: those that deploy.toml names, then what
    distributions, GeoDjango and the code need, then what other tools are told to install."""
    found = _Found()
    _asked(evidence, found)
    for name in _distributions(evidence):
        _distribution(evidence, name, found)
    place = _gis(evidence)
    if place is not None:
        spatialite = SPATIALITE if database == "sqlite" and not _is_plain(evidence) else ()
        packages = (*GEODJANGO, *spatialite)
        _loads(evidence, found, packages, "GeoDjango", place)
    for program, place in _programs(evidence, release_commands):
        user = f"Code that starts {program}"
        _loads(evidence, found, (PROGRAMS[program],), user, place)
    _git(evidence, found)
    _hinted(evidence, found)
    return tuple(found.packages.values())


def _asked(evidence: Evidence, found: _Found) -> None:
    said = evidence.said
    for name in said.config.packages:
        place = (said.file, said.line("build.packages"))
        if NAME.fullmatch(name):
            found.take([name], "asked", "[build] packages", place, "deploy.toml")
        else:
            evidence.remarks.say(BAD_PACKAGE, f"'{name}' is no package's name", *place)


def _distributions(evidence: Evidence) -> Iterator[str]:
    """The distributions of the table that are declared or locked, or that one of them brings."""
    value = evidence.dependencies.value.value
    named = value.names | {name for name, _ in value.pins}
    for name in sorted(named | {BRINGS[each] for each in named if each in BRINGS}):
        if name in DISTRIBUTIONS:
            yield name


def _distribution(evidence: Evidence, name: str, found: _Found) -> None:
    value = evidence.dependencies.value.value
    pin = dict(value.pins).get(name, "")
    file, line, text = _place(evidence, name)
    needs = DISTRIBUTIONS[name]
    if name == "psycopg":
        extras = text.partition("[")[2].partition("]")[0]
        if "binary" in extras or "psycopg-binary" in dict(value.pins):
            return
        if "c" in re.split(r"[\s,]+", extras):
            name, needs = "psycopg-c", DISTRIBUTIONS["psycopg-c"]
    if is_compiled(needs, pin):
        shown = f"{name} {pin}".rstrip()
        packages = ", ".join(needs.build)
        message = f"{shown} has no wheel for Linux; compiling it takes {packages}"
        evidence.remarks.say(COMPILED, message, file, line, _fix(needs.build))
        reason = f"{name} is compiled with it"
        found.take(needs.build, "build", reason, (file, line), "found")
        found.take(needs.run, "run", f"{name} needs it", (file, line), "found")
    elif needs.run:
        _loads(evidence, found, needs.run, name, (file, line))


def is_compiled(needs: Needs, pin: str) -> bool:
    """Whether there is no wheel of the pinned version, or of any."""
    if not needs.wheels:
        return True
    try:
        return bool(pin) and Version(pin) < Version(needs.wheels)
    except InvalidVersion:
        return False


def _loads(
    evidence: Evidence, found: _Found, packages: Sequence[str], user: str, place: tuple[str, int]
) -> None:
    if all(name in found.packages for name in packages):
        return
    message = f"{user} needs {', '.join(packages)} of the system"
    evidence.remarks.say(LOADS, message, *place, _fix(packages))
    found.take(packages, "run", f"{user} needs it", place, "found")


def _fix(packages: Sequence[str]) -> str:
    return f"Nothing, where they are installed. {'; '.join(ways_to_install(packages))}"


def _place(evidence: Evidence, name: str) -> tuple[str, int, str]:
    """Where a distribution is asked for: file, line, and the line's text."""
    read = evidence.dependencies
    asked = read.find(name)
    if asked is None:
        files = read.value.value.files
        return (files[-1] if files else ""), 1 if files else 0, ""
    lines = evidence.tree.text(asked.file).split("\n")
    text = lines[asked.line - 1] if 0 < asked.line <= len(lines) else ""
    return asked.file, asked.line, text


def _gis(evidence: Evidence) -> tuple[str, int] | None:
    """Where the settings name GeoDjango: among the installed apps, or as a database's engine."""
    for path in evidence.read.files:
        content = evidence.tree.read(path)
        for match in _GIS.finditer(content):
            start = content.rfind(b"\n", 0, match.start()) + 1
            if not content[start : match.start()].lstrip().startswith(b"#"):
                return path, content.count(b"\n", 0, match.start()) + 1
    return None


def _is_plain(evidence: Evidence) -> bool:
    """Whether the settings name SQLite without GeoDjango's backend, and no other database."""
    files = [evidence.tree.read(path) for path in evidence.read.files]
    engines = {engine for content in files for engine in _ENGINE.findall(content)}
    return engines == {b"django.db.backends.sqlite3"}


def _programs(
    evidence: Evidence, release_commands: Sequence[Fact[str]]
) -> Iterator[tuple[str, tuple[str, int]]]:
    """Programs of the table that the project's code starts by a name that stands in it."""
    for command in release_commands:
        if "compilemessages" in command.value.split():
            yield "msgfmt", (command.file, command.line)
    tree, root, seen = evidence.tree, evidence.root, set[str]()
    prefix = "" if root == "." else f"{root}/"
    for path in sorted(tree.paths):
        if not path.endswith(".py") or not path.startswith(prefix) or _NOT_LOADED.search(path):
            continue
        content = tree.read(path)
        if not any(starter in content for starter in _STARTERS):
            continue
        names = [(match[1].decode(), match.start()) for match in _STARTED.finditer(content)]
        message = _COMPILES_MESSAGES.search(content)
        if message:
            names.append(("msgfmt", message.start()))
        for name, start in names:
            if name in PROGRAMS and name not in seen:
                seen.add(name)
                yield name, (path, content.count(b"\n", 0, start) + 1)


def _git(evidence: Evidence, found: _Found) -> None:
    value = evidence.dependencies.value.value
    for path in value.files:
        for number, line in enumerate(evidence.tree.text(path).split("\n"), start=1):
            if _GIT.search(line) and not line.lstrip().startswith("#"):
                reason = "a package is taken from a Git repository"
                found.take(["git"], "build", reason, (path, number), "found")
                return


def _hinted(evidence: Evidence, found: _Found) -> None:
    """What Aptfile, rockcraft.yaml and Dockerfile install: known ones that serve an app when it
    runs are taken over; headers are no matter of theirs, because wheels are installed here."""
    unknown: dict[str, list[Hint]] = {}
    for hint in find_hints(evidence.tree, evidence.root):
        if hint.package in found.packages:
            continue
        if hint.package in KNOWN:
            if not hint.package.endswith(("-dev", "-essential")):
                reason = f"{hint.file} installs it"
                found.take([hint.package], "run", reason, (hint.file, hint.line), "found")
        elif hint.deliberate:
            unknown.setdefault(hint.file, []).append(hint)
    for file, hints in unknown.items():
        names = [hint.package for hint in hints]
        quoted = ", ".join(f'"{name}"' for name in names)
        message = f"{file} also installs {', '.join(names)}"
        fix = f"Name those that the app needs in deploy.toml: [build] packages = [{quoted}]"
        evidence.remarks.say(HINTED, message, file, hints[0].line, fix)
