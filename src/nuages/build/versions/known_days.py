"""Days that were found for lists of packages whose releases of today do not fit each other, kept
in the cache, so that the next build of the same list takes them at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nuages.build.plan import BuildPlan
from nuages.core.home import Home
from nuages.system.files import write_atomic

# Raised when how a day is found changes.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class KnownDay:
    """The day (ISO) up to which releases are taken, and what today's lead to."""

    day: str
    why: str


def known_day(home: Home, plan: BuildPlan) -> KnownDay | None:
    """The day that was found for what `plan` asks for; None where none was."""
    try:
        kept = json.loads(_place(home, plan).read_text())
        return KnownDay(str(kept["day"]), str(kept["why"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_day(home: Home, plan: BuildPlan, found: KnownDay) -> None:
    """Remember that an image of `plan` was built with releases of that day."""
    place = _place(home, plan)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(place, json.dumps(asdict(found)))


def forget_day(home: Home, plan: BuildPlan) -> None:
    """The releases of the day do not do any more."""
    _place(home, plan).unlink(missing_ok=True)


def _place(home: Home, plan: BuildPlan) -> Path:
    document = [_VERSION, plan.input, plan.pythons]
    name = hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]
    return home.cache / "days" / f"{name}.json"
