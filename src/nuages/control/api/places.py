"""What routes reach beside the database: the engine, and the environment that a name means."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from nuages.core.engine import Engine, InstanceStatus
from nuages.core.errors import NuagesError


def engine() -> Engine:
    """The engine of this platform, made once."""
    return _engine(settings.NUAGES_ENGINE)


@lru_cache(maxsize=1)
def _engine(name: str) -> Engine:
    make = import_string(name.replace(":", "."))
    return cast("Engine", make(settings.NUAGES_HOME))


def all_instances() -> list[InstanceStatus] | None:
    """What runs; None where the engine gives no answer, so that lists can still be shown."""
    try:
        return engine().instances()
    except NuagesError:
        return None
