"""Stand-ins: what a probe sees in place of config vars whose values it may not see, or that
nobody has set yet. They end with the probe: no release ever has one. Pure.

Which variables the settings do not load without is found from what a probe that fails says, so
that the next one gets further.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nuages.build.probe import MissingVariable, ProbeResult, SettingsError
from nuages.core.errors import NuagesError
from nuages.core.facts import VariableRead
from nuages.core.image import NeededVariable

_BY_CAST = {
    "bool": "False", "int": "0", "list": "", "unknown": "0", "json": "[]", "dict": "{}",
    "http": "http://localhost/", "email": "build@localhost", "redis": "redis://localhost:6379/0",
    "postgres": "postgres://build:build@localhost:5432/build",
}  # fmt: skip
# Schemes that django-environ and dj-database-url know.
_URLS = {"CACHE": "locmemcache://", "EMAIL": "consolemail://"}
# Of casts that say more: exactly this text, an address of this scheme.
_FORMS = {"one": "{}", "scheme": "{}://build:build@localhost/build"}
_KEY = re.compile(r"(KEY|SECRET|TOKEN|SALT|PASSWORD)(_ID)?$")
_OTHERS = ("int", "http", "url", "postgres", "email", "dict", "json", "bool")
# Stand-ins as short as this may be in any text.
_CHANCE = 5
# Tries, of which each takes a start of Python.
MOST = 40
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What a text that is not there leads to: int(None), None.split(), not a choice.
_WITHOUT_TEXT = ("TypeError", "AttributeError", "ValueError")


def stand_ins(hidden: Iterable[str], reads: Iterable[VariableRead]) -> dict[str, str]:
    """A stand-in for each of the `hidden` config vars without which the settings do not load.

    The others are left out: a project that asks whether one is there is to take its default.
    """
    names = set(hidden)
    needed = {read.name: read for read in reads if read.required and read.name in names}
    return {name: stand_in(name, read.cast) for name, read in sorted(needed.items())}


def stand_in(name: str, cast: str = "str") -> str:
    """A value of the kind that the settings make of it, such that loading them succeeds."""
    form, _, exactly = cast.partition(":")
    if form in _FORMS:
        return _FORMS[form].format(exactly)
    word = name.upper()
    if cast == "url":
        return next((url for part, url in _URLS.items() if part in word), "sqlite:////tmp/x")
    if cast in _BY_CAST:
        return _BY_CAST[cast]
    if word.endswith("DSN"):
        return "https://build@localhost/1"
    if word.endswith(("URL", "URI")):
        return "http://localhost/"
    return _key(name) if cast == "str" and _KEY.search(word) else "build"


def guesses(name: str, cast: str = "str") -> tuple[str, ...]:
    """What to try in turn where nothing shows the kind for certain, the likeliest first."""
    others = [_BY_CAST.get(kind) or stand_in(name, kind) for kind in _OTHERS]
    return tuple(dict.fromkeys([stand_in(name, cast), *others, _key(name)]))


def _key(name: str) -> str:
    """The same for each name, so that a build can be told from another; 32 bytes in base64, as
    cryptography's Fernet wants them."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"build {name}".encode()).digest()).decode()


@dataclass(slots=True)
class Search:
    """The stand-ins so far. `reads` are what inspection knows of the project's variables, `hidden`
    the config vars of which the probe had stand-ins from the start."""

    reads: Sequence[VariableRead]
    hidden: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)
    _needed: dict[str, NeededVariable] = field(default_factory=dict)
    _guesses: dict[str, list[str]] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    _tries: int = 0

    def learn(self, error: SettingsError, present: Mapping[str, str]) -> bool:
        """Whether there is something else to try after `error` in an environment with the
        variables `present`; then `values` has it."""
        self._tries += 1
        if self._tries > MOST:
            return False
        missing = error.missing or self._missing_at(error, present)
        absent = [each for each in missing if each.name not in present]
        if absent:
            known = len(self.values)
            for each in absent:
                self._stand_in(each, error.message)
            # A name of the platform's own cannot be given.
            return len(self.values) > known
        return self._guess_again(error) or self._with_a_server(error.doubt)

    def explain(self, error: NuagesError) -> NuagesError:
        """`error`, of which nothing more can be learnt, with what the settings saw stand-ins of:
        one that is looked at closely has to be a config var that builds see."""
        if not self._needed:
            return error
        names = ", ".join(str(self._needed[name]) for name in sorted(self._needed))
        said = f"The build saw stand-ins of {names}"
        way = "One whose real value it needs: nuages config APP set --plain NAME=VALUE"
        details = "\n".join(filter(None, [error.details, f"{said}.", f"{way}."]))
        return NuagesError(error.code, error.message, details=details, hint=error.hint)

    def finish(self, result: ProbeResult) -> ProbeResult:
        """The result, with what it needs and without what comes from a stand-in."""
        report = result.report
        given = {
            read.name: NeededVariable(read.name, read.file, read.line)
            for read in reversed(self.reads)
            if read.required and read.name in self.hidden
        }
        given.update(self._needed)
        needed = tuple(given[name] for name in sorted(given))
        report = replace(
            report,
            needed=needed,
            static_url=self._without(report.static_url),
            static_root=self._without(report.static_root),
            media_url=self._without(report.media_url),
            media_root=self._without(report.media_root),
        )
        return replace(result, report=report)

    def _stand_in(self, missing: MissingVariable, said: str) -> None:
        name = missing.name
        if name in self.values or _VARIABLE.fullmatch(name) is None:
            return
        known = next((read for read in self.reads if read.name == name), None)
        # How the project takes the address apart says more than what pydantic makes of it.
        is_url = known is not None and known.cast == "url"
        cast = "url" if is_url else missing.cast or (known.cast if known else "str")
        first, *others = guesses(name, cast)
        self.values[name], self._guesses[name] = first, others
        self._said[name] = said
        place = (missing.file, missing.line)
        if not missing.file and known is not None:
            place = (known.file, known.line)
        self._needed[name] = NeededVariable(name, *place)

    def _with_a_server(self, name: str) -> bool:
        """Another address for the variable that the platform fills with its own database's, which
        the settings refuse; where nobody has said which database, it is needed at run time."""
        filled = [
            read
            for read in self.reads
            if (read.name, read.setting, read.cast) == (name, "DATABASES", "url")
        ]
        if not filled or name in self.values:
            return False
        self.values[name], self._guesses[name], self._said[name] = _BY_CAST["postgres"], [], ""
        if "DATABASE_URL" not in self.hidden:
            self._needed[name] = NeededVariable(name, filled[0].file, filled[0].line)
        return True

    def _missing_at(
        self, error: SettingsError, present: Mapping[str, str]
    ) -> tuple[MissingVariable, ...]:
        """The variable without a default that is read where a text was missing."""
        kind = error.message.removeprefix(f"{error.file}:{error.line}: ").partition(":")[0]
        if kind not in _WITHOUT_TEXT:
            return ()
        names = {
            read.name
            for read in self.reads
            if (read.file, read.line, read.default) == (error.file, error.line, None)
            and read.name not in present
        }
        place = (error.file, error.line)
        return (MissingVariable(names.pop(), "", *place),) if len(names) == 1 else ()

    def _guess_again(self, error: SettingsError) -> bool:
        """Another value for the variable whose stand-in does not fit."""
        place = (error.file, error.line)
        named = [error.doubt, *(each.name for each in error.missing)]
        doubtful = [name for name in self._needed if name in named] or [
            name
            for name, needed in self._needed.items()
            if error.file and (needed.file, needed.line) == place
        ]
        for name in reversed(doubtful):
            # The same words again: it is not about the value.
            if self._said[name] != error.message and self._guesses[name]:
                self.values[name] = self._guesses[name].pop(0)
                return True
        return False

    def _without(self, text: str) -> str:
        """`text`; empty where it has a stand-in in it that cannot be there by chance."""
        made_up = any(len(value) > _CHANCE and value in text for value in self.values.values())
        return "" if made_up else text
