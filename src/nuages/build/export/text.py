"""Instructions of a Dockerfile as text. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence

# How a step of the runtime's own is started.
PREPARE = "PYTHONPATH=/nuages /venv/bin/python -m nuages_runtime.container.prepare"
_STEP = " && \\\n    "
_PLAIN = frozenset("/:._-,")


def run(steps: Sequence[str], mounts: Iterable[str] = ()) -> str:
    """RUN with commands of a shell, one after the other."""
    options = "".join(f"--mount={mount} \\\n    " for mount in mounts)
    return f"RUN {options}{_STEP.join(steps)}"


def words(arguments: Iterable[str]) -> str:
    """Arguments as a shell reads them; in double quotation marks where single ones are in them."""
    return " ".join(_quoted(each) for each in arguments)


def _quoted(word: str) -> str:
    plain = "'" in word and not any(each in word for each in '"$`\\!')
    return f'"{word}"' if plain else shlex.quote(word)


def copy(*paths: str, owner: str = "", stage: str = "") -> str:
    """COPY of all but the last path to the last."""
    options = [f"--from={stage}"] if stage else []
    options += [f"--chown={owner}"] if owner else []
    plain = not any(character.isspace() for path in paths for character in path)
    listed = " ".join(paths) if plain else json.dumps(paths)
    return " ".join(("COPY", *options, listed))


def environment(variables: Mapping[str, str]) -> str:
    """ENV of several variables."""
    pairs = (f"{name}={quoted(value)}" for name, value in variables.items())
    return "ENV " + " \\\n    ".join(pairs)


def quoted(value: str) -> str:
    """A value as Docker reads it, in quotation marks where it needs them; Docker would put other
    variables in for a `$`."""
    if value and all(each.isalnum() or each in _PLAIN for each in value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
