"""How a deployment ends: what holds from then on is written in one transaction with its status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from nuages.control import bells
from nuages.control.state.models import Deployment, Environment, Event, Release, Status
from nuages.control.state.problems import to_problem
from nuages.control.state.queries import KEEP, environments, hosts_of, start_of, url_of
from nuages.control.state.redaction import Redactor
from nuages.control.state.uploads import discard_upload
from nuages.control.worker.kinds import module_of
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.release.retention import outdated

# Deployments of an environment that are remembered with their events.
REMEMBERED = 200
# Characters of evidence that an error keeps, from its end.
DETAILS = 8000


@dataclass(frozen=True, slots=True)
class Success:
    """What a pipeline handed back, as the rows keep it. `version` None: no release was made."""

    version: int | None = None
    seconds: float | None = None
    findings: tuple[dict[str, Any], ...] = ()


def succeed(deployment: Deployment, environment: Environment, success: Success) -> None:
    """The deployment did what it was asked for: its traffic is switched. It goes on holding
    the environment until `let_go`."""
    with transaction.atomic():
        if success.version is not None:
            _make_current(environment, success.version)
        module_of(deployment.kind).settle(deployment, environment)
        # Domains may have changed just now.
        gone = environment.pk is None
        row = None if gone else environments().get(pk=environment.pk)
        _end(
            deployment,
            status=Status.SUCCEEDED,
            seconds=success.seconds,
            findings=list(success.findings),
            url=url_of(hosts_of(row)) if row else "",
            start=start_of(row) if row else "",
        )
        _note(deployment, "deployment.succeeded", "")
    _tidy(deployment)


def fail(deployment: Deployment, error: NuagesError, redactor: Redactor) -> None:
    """The deployment did not: the release before it serves on."""
    problem = redactor.value(to_problem(error))
    _cut(problem)
    # Fixes are commands to paste; whose app it is is known here.
    problem["hint"] = re.sub(r"\bAPP\b", str(deployment.identity), str(problem["hint"]))
    with transaction.atomic():
        module_of(deployment.kind).abandon(deployment)
        _end(deployment, status=Status.FAILED, error=problem)
        _note(deployment, "deployment.failed", str(problem["detail"]))
    _tidy(deployment)


def _cut(problem: dict[str, Any]) -> None:
    """Keep the end of the details, and count the lines that causes name from its beginning. Only
    after redaction: half of a secret would not be recognised as one."""
    details = str(problem["details"])
    problem["details"] = details[-DETAILS:]
    gone = details[:-DETAILS].count("\n")
    for cause in problem["causes"]:
        for proof in cause["proofs"]:
            proof["number"] = max(0, proof["number"] - gone)


def let_go(deployment: Deployment) -> None:
    """The environment is free for its next deployment. One whose end could not be written stays
    held, by nobody: recovery ends it, on the side of the switch on which the traffic is."""
    row = Deployment.objects.filter(pk=deployment.pk)
    if not row.exclude(status__in=(Status.WAITING, Status.RUNNING)).update(holds=False):
        row.update(owner="")
    bells.TO_WORKER.ring()


def prune(environment: Environment) -> None:
    """Forget releases beyond the ones kept for a rollback, and deployments of long ago."""
    if environment.current is None:
        return
    current = environment.current.version
    rows = environment.releases.filter(version__lt=current)
    served = rows.filter(switched__isnull=False).values_list("version", "image__digest")
    old = outdated(dict(served), current, KEEP)
    rows.filter(version__in=old).delete()
    rows.filter(switched__isnull=True).delete()
    past = environment.deployments.filter(holds=False).exclude(status=Status.WAITING)
    forgotten = list(past.order_by("-pk").values_list("pk", flat=True)[REMEMBERED:])
    Deployment.objects.filter(pk__in=forgotten).delete()


def _make_current(environment: Environment, version: int) -> None:
    release = Release.objects.get(environment=environment, version=version)
    if release.switched is None:
        release.switched = timezone.now()
        release.save(update_fields=["switched"])
    environment.current = release
    environment.save(update_fields=["current"])


def _end(deployment: Deployment, **fields: object) -> None:
    Deployment.objects.filter(pk=deployment.pk).update(
        ended=timezone.now(), secrets=Secret("{}"), **fields
    )
    transaction.on_commit(bells.TO_API.ring)


def _note(deployment: Deployment, kind: str, message: str) -> None:
    # Read again: a removal has taken the environment away by now.
    row = Deployment.objects.get(pk=deployment.pk)
    Event.objects.create(
        environment_id=row.environment_id,
        deployment_id=deployment.pk,
        kind=kind,
        message=message or f"{deployment.get_kind_display()} of {deployment.identity}",
    )


def _tidy(deployment: Deployment) -> None:
    archive = deployment.request.get("archive")
    if archive:
        discard_upload(archive)
