"""What a kill left behind: each held deployment whose owner is gone ends, on one side or the
other of its switch; then every current release is declared to the engine again."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection

from django.utils import timezone

from nuages.control import bells
from nuages.control.errors import INTERRUPTED
from nuages.control.state.models import Deployment, Environment, Event, Kind, Status
from nuages.control.state.problems import to_problem
from nuages.control.state.queries import load_redactor, load_state
from nuages.control.worker.claims import is_dead
from nuages.control.worker.endings import Success, fail, let_go, succeed
from nuages.control.worker.job import Tools
from nuages.control.worker.perform import finish, has_traffic, known
from nuages.control.worker.recorder import Ledger, Recorder
from nuages.core.errors import INTERNAL, NuagesError
from nuages.core.secret import Secret

log = logging.getLogger(__name__)
# No release and no release command is in these: doing them again is safe, and half of one is of
# no use. Once: an operation that kills the worker must not do so for ever.
REPEATABLE = frozenset({Kind.DESTROY, Kind.SCALE, Kind.RESTART})


def recover(tools: Tools, failures: Counter[int], mine: Collection[int] = ()) -> None:
    """End every deployment that somebody else held and left; `mine` are under way here.

    `failures` counts for how many of them that failed: one that fails twice is ended as it is,
    so that it does not keep its environment for ever.
    """
    held = Deployment.objects.filter(holds=True).exclude(pk__in=mine)
    for deployment in held.select_related("environment__app", "environment__current__image"):
        if is_dead(deployment):
            _try(deployment, tools, failures)


def with_release() -> set[int]:
    """The environments that have a release to be brought up."""
    rows = Environment.objects.filter(current__isnull=False)
    return set(rows.values_list("pk", flat=True))


def declare_due(tools: Tools, due: Collection[int]) -> set[int]:
    """Tell the engine again what should run in these environments: after a reboot or with a new
    agent it knows nothing of it. What runs is left alone; one app's failure does not keep back
    the others, and is not tried again.

    Those that were passed over, because a deployment holds them: which release is to run there
    is known when that has ended.
    """
    if not due:
        return set()
    held = set(Deployment.objects.filter(holds=True).values_list("environment_id", flat=True))
    rows = Environment.objects.filter(pk__in=set(due) - held, current__isnull=False)
    for environment in rows.select_related("app", "current__image"):
        try:
            _declare(environment, tools)
        except Exception:
            log.exception("%s could not be declared", environment)
    return set(due) & held


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


def _try(deployment: Deployment, tools: Tools, failures: Counter[int]) -> None:
    try:
        _recover(deployment, tools)
    except Exception:
        log.exception("%s could not be recovered", deployment)
        failures[deployment.pk] += 1
        if failures[deployment.pk] > 1:
            _give_up(deployment)
    else:
        failures.pop(deployment.pk, None)


def _give_up(deployment: Deployment) -> None:
    error = NuagesError(INTERNAL, f"What is left of {deployment} could not be put in order")
    row = Deployment.objects.filter(pk=deployment.pk)
    row.filter(status=Status.RUNNING).update(
        status=Status.FAILED, error=to_problem(error), ended=timezone.now(), secrets=Secret("{}")
    )
    row.update(holds=False)
    bells.TO_API.ring()


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
