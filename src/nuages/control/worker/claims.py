"""Which deployment is next, and whose it is: claims by conditional UPDATE, heartbeats, owners."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from django.db import IntegrityError, transaction
from django.utils import timezone

from nuages.control.state.models import Deployment, Status
from nuages.system.processes import boot_id, identify

BEAT_SECONDS = 10.0
# An owner that is there, but does not beat any more, is given up after this long.
SILENCE = timedelta(seconds=90)


def claim(owner: str) -> Deployment | None:
    """Take the oldest waiting deployment whose environment is free; None when there is none.

    Two workers may try the same row: the UPDATE succeeds for one, and the database refuses a
    second deployment of an environment that is held.
    """
    for pk in _candidates():
        if _take(pk, owner):
            return Deployment.objects.select_related("environment__app").get(pk=pk)
    return None


def beat(pks: Iterable[int]) -> None:
    """Say that the owners of these deployments are alive."""
    Deployment.objects.filter(pk__in=list(pks)).update(heartbeat=timezone.now())


def cancelled(pks: Iterable[int]) -> list[int]:
    """Which of these deployments somebody wants to end."""
    rows = Deployment.objects.filter(pk__in=list(pks), request__cancelled=True)
    return list(rows.values_list("pk", flat=True))


@cache
def own_name() -> str:
    """This process, so that nobody else can be taken for it: boot id, pid, start time."""
    return _name(os.getpid())


def is_dead(deployment: Deployment) -> bool:
    """Whether nobody works on a held deployment any more: its owner's process is gone (a pid
    may be another process by now, and a reboot ends them all), or has been silent for long."""
    _, _, rest = deployment.owner.partition(":")
    pid = rest.partition(":")[0]
    if not pid.isdigit() or _name(int(pid)) != deployment.owner:
        return True
    return deployment.heartbeat is None or deployment.heartbeat < timezone.now() - SILENCE


def _candidates() -> list[int]:
    """The oldest waiting deployment of every environment that is not held."""
    held = set(
        Deployment.objects.filter(holds=True, environment__isnull=False).values_list(
            "environment_id", flat=True
        )
    )
    waiting = Deployment.objects.filter(status=Status.WAITING).order_by("pk")
    found: list[int] = []
    for pk, environment in waiting.values_list("pk", "environment_id"):
        if environment not in held:
            held.add(environment)
            found.append(pk)
    return found


def _take(pk: int, owner: str) -> bool:
    now = timezone.now()
    try:
        with transaction.atomic():
            count = Deployment.objects.filter(pk=pk, status=Status.WAITING).update(
                status=Status.RUNNING, holds=True, owner=owner, heartbeat=now, started=now
            )
    except IntegrityError:
        return False
    return count == 1


def _name(pid: int) -> str:
    """Empty where no such process runs; one that nobody has reaped yet runs no more."""
    found = identify(pid)
    return f"{_boot_id()}:{found.pid}:{found.start}" if found else ""


_boot_id = cache(boot_id)
