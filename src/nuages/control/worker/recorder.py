"""Events of a running pipeline become rows, redacted, in order, from whichever thread they come.

A thread of its own writes them, so that a pipeline waits for the disk only where recovery
depends on it: when a release is assembled, and before and after the traffic is switched.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from nuages.control import bells
from nuages.control.state.models import (
    Build,
    Deployment,
    Environment,
    Event,
    Image,
    Release,
    Status,
)
from nuages.control.state.redaction import Redactor
from nuages.control.state.sealed import pack
from nuages.control.worker.flows import Flows
from nuages.core.event import Event as Happening
from nuages.core.event import Step
from nuages.core.home import Home
from nuages.core.secret import Secret

log = logging.getLogger(__name__)
_AWAITED = ("release.",)
_BUILD_STATUS = {
    "step.started": Status.RUNNING,
    "step.done": Status.SUCCEEDED,
    "step.failed": Status.FAILED,
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a recorder writes about: a deployment in its environment, the config vars of the
    release it makes, and the reason that the release will carry."""

    deployment: Deployment
    environment: Environment
    config: Mapping[str, Secret]
    reason: str
    redactor: Redactor


class Recorder:
    """Call it with an event; `close` waits until everything is written."""

    def __init__(self, ledger: Ledger, flows: Flows, home: Home) -> None:
        self._ledger = ledger
        self._flows = flows
        self._home = home
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="recorder")

    def __call__(self, event: Happening) -> None:
        """Write it down; waits only where the event has to be on the disk first."""
        future = self._writer.submit(self._write, event)
        if event.kind.startswith(_AWAITED):
            future.result()
        else:
            future.add_done_callback(_complain)

    def flush(self) -> None:
        """Return when everything so far is written: how it ended comes after how it went."""
        self._writer.submit(int).result()

    def close(self) -> None:
        """Wait for what is under way, and let go of the database."""
        self._writer.submit(connection.close)
        self._writer.shutdown(wait=True)

    def _write(self, event: Happening) -> None:
        with transaction.atomic():
            self._note(event)
            if event.kind == "release.assembled":
                self._assembled(event)
            elif event.kind == "release.switched":
                self._switched(event)
            elif event.step == Step.BUILD and event.kind in _BUILD_STATUS:
                self._build(event)
        bells.TO_API.ring()

    def _note(self, event: Happening) -> None:
        redactor = self._ledger.redactor
        Event.objects.create(
            environment=self._ledger.environment,
            deployment_id=self._ledger.deployment.pk,
            kind=event.kind,
            message=redactor.text(event.message),
            step=str(event.step),
            seconds=event.seconds,
            data=redactor.value(event.data),
        )

    def _assembled(self, event: Happening) -> None:
        deployment, data = self._ledger.deployment, event.data
        facts = self._flows.describe_image(self._home, str(data["image"]))
        redact = self._ledger.redactor
        image, _ = Image.objects.get_or_create(
            digest=str(data["image"]),
            defaults={
                "source_digest": facts.source_digest,
                "django": facts.django,
                "python": facts.python,
            },
        )
        Release.objects.create(
            environment=self._ledger.environment,
            version=int(str(data["version"])),
            image=image,
            processes=[
                {"name": name, "command": redact.text(command)} for name, command in facts.processes
            ],
            config=pack(self._ledger.config),
            reason=self._ledger.reason,
        )
        Deployment.objects.filter(pk=deployment.pk).update(
            version=data["version"], image=image.digest
        )
        Build.objects.filter(deployment_id=deployment.pk).update(image=image)

    def _switched(self, event: Happening) -> None:
        rows = Release.objects.filter(
            environment=self._ledger.environment, version=int(str(event.data["version"]))
        )
        redactor = self._ledger.redactor
        rows.update(
            switched=timezone.now(),
            changes=redactor.value(event.data.get("changes") or []),
            migrations=redactor.value(event.data.get("migrations") or []),
            start=redactor.text(str(event.data.get("start", "/"))),
        )

    def _build(self, event: Happening) -> None:
        Build.objects.update_or_create(
            deployment_id=self._ledger.deployment.pk,
            defaults={"status": _BUILD_STATUS[event.kind], "seconds": event.seconds},
        )


def _complain(future: Future[None]) -> None:
    error = future.exception()
    if error is not None:
        log.error("An event could not be written: %s", type(error).__name__)
