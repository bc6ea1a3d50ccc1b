"""What a kill left behind: each held deployment whose owner is gone ends, on one side or the
other of its switch; then every current release is declared to the engine again."""

from __future__ import annotations

import logging
from collections.abc import Collection

from nuages.control import bells
from nuages.control.errors import INTERRUPTED
from nuages.control.state.models import Deployment, Environment, Event, Kind, Status
from nuages.control.state.queries import load_redactor, load_state
from nuages.control.worker.claims import is_dead
from nuages.control.worker.endings import Success, fail, let_go, succeed
from nuages.control.worker.job import Tools
from nuages.control.worker.perform import finish, has_traffic, known
from nuages.control.worker.recorder import Ledger, Recorder
from nuages.core.errors import NuagesError

log = logging.getLogger(__name__)
# No release and no release command is in these: doing them again is safe, and half of one is of
# no use. Once: an operation that kills the worker must not do so for ever.
REPEATABLE = frozenset({Kind.DESTROY, Kind.SCALE, Kind.RESTART})


def recover(tools: Tools, mine: Collection[int] = ()) -> None:
    """End every deployment that somebody else held and left; `mine` are under way here."""
    held = Deployment.objects.filter(holds=True).exclude(pk__in=mine)
    for deployment in held.select_related("environment__app", "environment__current__image"):
        if is_dead(deployment):
            _recover(deployment, tools)


def declare_all(tools: Tools) -> bool:
    """Tell the engine again what should run: after a reboot or with a new agent it knows
    nothing of it. What runs is left alone; one app's failure does not keep back the others.

    False where an environment was passed over because a deployment holds it: which release is
    to run there is known when that has ended.
    """
    rows = Environment.objects.filter(current__isnull=False)
    held = set(Deployment.objects.filter(holds=True).values_list("environment_id", flat=True))
    for environment in rows.exclude(pk__in=held).select_related("app", "current__image"):
        _declare(environment, tools)
    return not held


def _declare(environment: Environment, tools: Tools) -> None:
    try:
        tools.flows.declare(load_state(environment), tools.parts)
    except Exception as error:
        redactor = load_redactor(environment)
        told = redactor.text(known(error, redactor).message)
        Event.objects.create(
            environment=environment,
            kind="release.declare_failed",
            message=f"The current release could not be brought up again: {told}",
        )
        log.warning("%s could not be brought up again", environment)


def _recover(deployment: Deployment, tools: Tools) -> None:
    environment = deployment.environment
    if environment is None:
        _end_without_environment(deployment)
    elif deployment.status == Status.RUNNING:
        if deployment.kind in REPEATABLE and not deployment.request.get("again"):
            _again(deployment)
            return
        if has_traffic(deployment, tools):
            _complete(deployment, environment)
        else:
            _undo(deployment, environment, tools)
    if environment is not None and deployment.status == Status.SUCCEEDED:
        _finish(deployment, environment, tools)
    let_go(deployment)


def _undo(deployment: Deployment, environment: Environment, tools: Tools) -> None:
    if deployment.version is not None:
        tools.flows.take_back(load_state(environment), deployment.version, tools.parts)
    told = f"{deployment.get_kind_display()} of {deployment.identity} was interrupted"
    fail(deployment, NuagesError(INTERRUPTED, told), load_redactor(environment, deployment))


def _complete(deployment: Deployment, environment: Environment) -> None:
    switched = deployment.events.filter(kind="release.switched").values_list("seconds", flat=True)
    succeed(deployment, environment, Success(deployment.version, switched.first()))
    deployment.status = Status.SUCCEEDED


def _finish(deployment: Deployment, environment: Environment, tools: Tools) -> None:
    if deployment.version is None:
        return
    redactor = load_redactor(environment)
    recorder = Recorder(
        Ledger(deployment, environment, {}, "", redactor), tools.flows, tools.parts.home
    )
    try:
        finish(environment, load_state(environment), deployment.version, tools, recorder)
    finally:
        recorder.close()


def _again(deployment: Deployment) -> None:
    Deployment.objects.filter(pk=deployment.pk).update(
        status=Status.WAITING,
        holds=False,
        owner="",
        request={**deployment.request, "again": True},
    )
    bells.TO_WORKER.ring()


def _end_without_environment(deployment: Deployment) -> None:
    """Its environment is gone: a removal was done but for its last line."""
    if deployment.status == Status.RUNNING:
        status = Status.SUCCEEDED if deployment.kind == Kind.DESTROY else Status.FAILED
        Deployment.objects.filter(pk=deployment.pk).update(status=status)
        bells.TO_API.ring()
