"""A user number for each environment where the platform is root, allocated once and kept."""

from __future__ import annotations

import fcntl
import json
import os

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.engines.local.errors import NO_USER_LEFT
from nuages.system.files import write_atomic

# Far from what distributions and containers hand out; the proxy has the number below.
FIRST = 1_900_000_001
LAST = 1_999_999_999


def environment_uid(home: Home, label: str) -> int | None:
    """The environment's user (and group) number; None where the platform is an ordinary user.

    A number is never given to another environment, because files may outlive one.
    """
    if os.geteuid() != 0:
        return None
    path = home.agent / "uids.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(home.agent / "uids.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        numbers: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        if label not in numbers:
            numbers[label] = max(numbers.values(), default=FIRST - 1) + 1
            if numbers[label] > LAST:
                raise NuagesError(NO_USER_LEFT, f"'{label}' would be number {numbers[label]}")
            write_atomic(path, json.dumps(numbers, indent=1), mode=0o600)
        return numbers[label]
    finally:
        os.close(lock)
