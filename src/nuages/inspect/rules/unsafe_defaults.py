"""Settings that are fit for the public only where a variable is set: an app for which somebody
forgot it is open to all. The platform sets them, so only a strict inspection asks for more."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from nuages.core.facts import VariableRead
from nuages.inspect.declared.settings import ANY_HOST, DEBUG, SECRET_KEY
from nuages.inspect.evidence import Evidence

# Words that libraries for the environment take as true (django-environ, environs, decouple).
_TRUE = frozenset(("1", "true", "t", "yes", "y", "on", "ok"))


def check_defaults(evidence: Evidence, variables: Sequence[VariableRead]) -> None:
    """Say which defaults of `variables` are unsafe, where the inspection is strict."""
    if not evidence.strict:
        return
    for variable in variables:
        value = _value(variable.default)
        name, place = variable.name, (variable.file, variable.line)
        if variable.setting == "SECRET_KEY" and isinstance(value, str) and value:
            message = f"Secret key error: without {name}, SECRET_KEY is one that is in the source"
            evidence.remarks.say(SECRET_KEY, message, *place)
        elif variable.setting == "DEBUG" and _is_on(value, variable.cast):
            evidence.remarks.say(DEBUG, f"DEBUG is on where {name} is not set", *place)
        elif variable.setting == "ALLOWED_HOSTS" and "*" in _listed(value):
            message = f"ALLOWED_HOSTS admits every host where {name} is not set: '*'"
            evidence.remarks.say(ANY_HOST, message, *place)


def _value(default: str | None) -> Any:
    """The default, where it is a constant; else None."""
    try:
        return ast.literal_eval(default or "None")
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _is_on(value: Any, cast: str) -> bool:
    """What a cast (see VariableRead) makes of a default."""
    if value is None:
        return False
    kind, _, text = cast.partition(":")
    if kind == "equals":
        return str(value) == text
    if kind == "differs":
        return str(value) != text
    if kind in ("bool", "int", "json"):
        return str(value).lower() in _TRUE
    return kind in ("str", "nonempty") and bool(value)


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [each.strip() for each in value.split(",")]
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []
