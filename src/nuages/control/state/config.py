"""Config vars: what they may be called, what they may hold, and how a change is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nuages.control.errors import BAD_VALUE, BAD_VARIABLE, RESERVED_VARIABLE
from nuages.control.state.models import ConfigVar, Environment
from nuages.control.state.sealed import pack, unpack
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.release.assemble import is_reserved

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
# execve(2) takes 128 KiB for one `NAME=value`.
VALUE_MAX = 96 * 1024
# Says nothing to a build.
_RUN_ONLY = frozenset({"NUAGES_SERVER_CLASS"})
# These name a module and a kind of server, which are no secrets: an app is inspected and built with
# the settings it runs with.
ALWAYS_PLAIN = frozenset({"DJANGO_SETTINGS_MODULE"}) | _RUN_ONLY


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """Config vars to set and to unset in one go; the new ones are `hidden` or not.

    `hidden` None keeps what each var was, and hides new ones.
    """

    put: Mapping[str, Secret]
    unset: tuple[str, ...] = ()
    hidden: bool | None = None

    def pack(self) -> tuple[dict[str, object], Secret]:
        """(what may be stored plain, the values as one secret)."""
        plain = {"set": sorted(self.put), "unset": sorted(self.unset), "hidden": self.hidden}
        return {"config": plain}, pack(self.put)

    @classmethod
    def unpack(cls, request: Mapping[str, object], secrets: Secret) -> ConfigChange:
        """What `pack` gave, back from a deployment's row."""
        plain = request.get("config")
        if not isinstance(plain, dict):
            return cls({})
        put = {name: Secret(value) for name, value in unpack(secrets).items()}
        return cls(put, tuple(plain["unset"]), plain["hidden"])


def check_config(put: Mapping[str, str], unset: Collection[str] = ()) -> None:
    """Raise control.E005, E006 or E007 where a name or a value cannot be a config var."""
    for name in (*put, *unset):
        if _NAME.fullmatch(name) is None:
            raise NuagesError(BAD_VARIABLE, f"'{name}' cannot name a config var")
        if is_reserved(name):
            raise NuagesError(RESERVED_VARIABLE, f"'{name}' is reserved")
    for name, value in put.items():
        if "\0" in value:
            raise NuagesError(BAD_VALUE, f"The value of {name} has a NUL character")
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise NuagesError(BAD_VALUE, f"The value of {name} is not Unicode text") from None
        if size > VALUE_MAX:
            raise NuagesError(BAD_VALUE, f"The value of {name} has {size} bytes")


def changed(config: Mapping[str, Secret], change: ConfigChange) -> dict[str, Secret]:
    """All config vars as they will be."""
    kept = {name: value for name, value in config.items() if name not in change.unset}
    return {**kept, **change.put}


def changed_plain(rows: Collection[ConfigVar], change: ConfigChange) -> dict[str, str]:
    """The config vars that a build may see, as they will be."""
    hidden = {row.name: row.hidden for row in rows}
    values = changed({row.name: row.value for row in rows}, change)
    return {
        name: value.reveal()
        for name, value in values.items()
        if not _is_hidden(name, hidden, change) and name not in _RUN_ONLY
    }


def write_config(environment: Environment, change: ConfigChange) -> None:
    """Make the rows so; doing it again changes nothing."""
    hidden = {row.name: row.hidden for row in environment.config.all()}
    environment.config.filter(name__in=change.unset).delete()
    for name, value in change.put.items():
        environment.config.update_or_create(
            name=name,
            defaults={"value": value, "hidden": _is_hidden(name, hidden, change)},
        )


def replace_config(environment: Environment, config: Mapping[str, Secret]) -> None:
    """Make the rows exactly these; what a var was, hidden or not, it stays."""
    absent = environment.config.exclude(name__in=list(config)).values_list("name", flat=True)
    write_config(environment, ConfigChange(config, tuple(absent)))


def _is_hidden(name: str, known: Mapping[str, bool], change: ConfigChange) -> bool:
    if name in ALWAYS_PLAIN:
        return False
    if name in change.put and change.hidden is not None:
        return change.hidden
    return known.get(name, True)
