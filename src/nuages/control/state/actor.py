"""Who asked for what is written: the user at the other end of the socket, for events."""

from __future__ import annotations

import pwd
from contextvars import ContextVar

# Empty where nobody asked: the worker's own doing.
ACTOR: ContextVar[str] = ContextVar("actor", default="")


def user_name(uid: int) -> str:
    """The name of a user of this machine, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
