"""A finished environment of the store, and what it keeps of itself beside its packages."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from nuages.build.inputs.reach import GivenUp, shown
from nuages.build.pythons import Interpreter
from nuages.build.system.libraries import MissingLibrary, on_machine
from nuages.build.system.ways import Way
from nuages.system.files import write_atomic

_RECORD = "environment.json"


@dataclass(frozen=True, slots=True)
class Environment:
    """Installed packages in the store, and the interpreter that they belong to; `id` is another one
    whenever the same input is installed anew, which may lead to other releases; `ways` were taken
    around what cannot be compiled here, `missing` are libraries that nothing brings, and `given_up`
    is what could not be had; `older` says why an older or newer Python was taken than the first
    that the project could have, and `forced` what is against the releases that it names."""

    key: str
    venv: Path
    interpreter: Interpreter
    ways: tuple[Way, ...] = ()
    missing: tuple[MissingLibrary, ...] = ()
    given_up: tuple[GivenUp, ...] = ()
    older: str = ""
    forced: str = ""
    id: str = ""


def load_interpreter(folder: Path) -> Interpreter | None:
    """The interpreter of a finished environment; None where either is not there."""
    try:
        described = json.loads((folder / _RECORD).read_text())
        executable, prefix = Path(described["executable"]), Path(described["prefix"])
        copied_from = Path(described["copied from"]) if described["copied from"] else None
        found = Interpreter(executable, str(described["version"]), prefix, copied_from)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if executable.is_file() and (folder / "venv").is_dir() else None


def read_environment(folder: Path, python: Interpreter, ways: tuple[Way, ...]) -> Environment:
    """A finished one."""
    described = json.loads((folder / _RECORD).read_text())
    noted = described.get("given_up", [])
    given_up = tuple(GivenUp(str(what), str(instead)) for what, instead in noted)
    missing = _still_missing(folder, python)
    older, forced = (str(described.get(name, "")) for name in ("older", "forced"))
    return Environment(
        folder.name, folder / "venv", python, ways, missing, given_up, older, forced,
        str(described["id"]),
    )  # fmt: skip


def _still_missing(folder: Path, python: Interpreter) -> tuple[MissingLibrary, ...]:
    """The libraries that were missing when a finished environment was made, and still are."""
    described = json.loads((folder / _RECORD).read_text())
    noted = [MissingLibrary(str(library), str(file)) for library, file in described["missing"]]
    there = set(on_machine((each.library for each in noted), python.prefix)) if noted else set()
    return tuple(each for each in noted if each.library not in there)


def save_environment(folder: Path, environment: Environment) -> None:
    """Note beside the packages in `folder` what cannot be seen of them."""
    python = environment.interpreter
    described = {
        "executable": str(python.executable),
        "prefix": str(python.prefix),
        "version": python.version,
        "id": secrets.token_hex(8),
        "copied from": str(python.copied_from or ""),
        "missing": [[each.library, each.file] for each in environment.missing],
        "given_up": [[shown(each.what), each.instead] for each in environment.given_up],
        "older": environment.older,
        "forced": environment.forced,
    }
    write_atomic(folder / _RECORD, json.dumps(described))
