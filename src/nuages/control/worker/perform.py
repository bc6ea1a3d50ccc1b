"""One claimed deployment from its rows to its end: prepare, run the pipeline, settle, finish."""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict, replace

from django.conf import settings
from django.db import connection
from django.utils import timezone

from nuages.control.disk import disk_full
from nuages.control.errors import DISK_FULL, UNKNOWN_APP
from nuages.control.state.models import Deployment, Environment, Kind
from nuages.control.state.queries import ImagesInUse, load_redactor
from nuages.control.state.redaction import Redactor
from nuages.control.worker.endings import Success, fail, let_go, prune, succeed
from nuages.control.worker.interrupt import Interrupt, heeding, interruptible
from nuages.control.worker.job import Job, Tools
from nuages.control.worker.kinds import module_of
from nuages.control.worker.recorder import Ledger, Recorder
from nuages.core.errors import INTERNAL, NuagesError
from nuages.core.event import Event
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed

log = logging.getLogger(__name__)


def perform(deployment: Deployment, tools: Tools, interrupt: Interrupt | None = None) -> None:
    """Bring a claimed deployment to its end, whatever happens, and free its environment. With
    `interrupt` it can be told to end before its switch."""
    try:
        _perform(deployment, tools, interrupt or Interrupt())
    finally:
        let_go(deployment)
        connection.close()


def _perform(deployment: Deployment, tools: Tools, interrupt: Interrupt) -> None:
    environment = deployment.environment
    if environment is None:
        gone = NuagesError(UNKNOWN_APP, f"'{deployment.identity}' was destroyed meanwhile")
        fail(deployment, gone, Redactor(()))
        return
    redactor = load_redactor(environment, deployment)
    try:
        module = module_of(deployment.kind)
        state = module.prepare(deployment, environment)
        reason = module.reason(deployment)
        ledger = Ledger(deployment, environment, state.config, reason, redactor)
    except Exception as error:
        fail(deployment, known(error, redactor), redactor)
        return
    recorder = Recorder(ledger, tools.flows, tools.parts.home)
    if deployment.request.get("cancelled"):
        interrupt.set()
    engine = interruptible(tools.parts.engine, interrupt)
    tools = replace(tools, parts=replace(tools.parts, engine=engine))
    job = Job(deployment, environment, state, tools, heeding(recorder, interrupt))
    try:
        version = _run(job, recorder, redactor)
        if version is not None:
            finish(environment, state, version, tools, recorder)
        elif _leaves_something(deployment):
            _clean(tools)
    finally:
        recorder.close()


def _run(job: Job, recorder: Recorder, redactor: Redactor) -> int | None:
    """Call the pipeline and write how it ended; the version that got the traffic, if one did."""
    deployment = job.deployment
    waited = (timezone.now() - deployment.created).total_seconds()
    began = job.tools.parts.clock()
    job.record(Event("deployment.started", "Work on it began", seconds=waited))
    try:
        deployed = module_of(deployment.kind).run(job)
    except Exception as error:
        recorder.flush()
        told = known(error, redactor)
        if not has_traffic(deployment, job.tools):
            fail(deployment, told, redactor)
            return None
        # Users see the new release: what went wrong after the switch does not undo it.
        job.record(Event("said", f"After the switch: {told.message}"))
        deployed = None
    took = deployed.seconds if deployed else job.tools.parts.clock() - began
    recorder.flush()
    success = _success(deployment, deployed, waited + took, redactor)
    succeed(deployment, job.environment, success)
    return success.version


def has_traffic(deployment: Deployment, tools: Tools) -> bool:
    """Whether the release that it made is the one the proxy reads: the one truth of the switch."""
    version = _version(deployment)
    return version is not None and tools.parts.engine.current(deployment.identity) == version


def finish(
    environment: Environment,
    state: AppState,
    version: int,
    tools: Tools,
    recorder: Recorder,
) -> None:
    """After the switch: drain and stop former releases, forget what nobody needs. A failure
    here is written down, but does not undo what users see already."""
    try:
        prune(environment)
        tools.flows.finish(state, version, ImagesInUse(), tools.parts, recorder)
    except Exception as error:
        redactor = load_redactor(environment)
        recorder(Event("said", f"Cleaning up is not complete: {known(error, redactor).message}"))


def _leaves_something(deployment: Deployment) -> bool:
    """Whether an ended deployment that made no release that serves has left something on the disk
    that nobody needs. What a failed build installed stays for the next one, but on a full disk."""
    row = Deployment.objects.get(pk=deployment.pk)
    code = (row.error or {}).get("code")
    return row.kind == Kind.DESTROY or row.version is not None or code == DISK_FULL.code


def _clean(tools: Tools) -> None:
    try:
        tools.flows.clean(ImagesInUse(), tools.parts)
    except Exception as error:
        log.warning("Cleaning up is not complete: %s", known(error, Redactor(())).message)


def known(error: Exception, redactor: Redactor) -> NuagesError:
    """The error itself where it is ours; else core.E001, with the traceback in our log only."""
    if isinstance(error, NuagesError):
        return error
    full = disk_full(error, settings.NUAGES_HOME)
    if full is not None:
        return full
    trace = "".join(traceback.format_exception(error))
    log.error("A job met an error that no stage expected\n%s", redactor.text(trace))
    return NuagesError(INTERNAL, f"{type(error).__name__} in the worker")


def _success(
    deployment: Deployment, deployed: Deployed | None, seconds: float, redactor: Redactor
) -> Success:
    if deployed is None:
        return Success(_version(deployment), seconds)
    findings = tuple(redactor.value(asdict(finding)) for finding in deployed.findings)
    return Success(deployed.release.version, seconds, findings)


def _version(deployment: Deployment) -> int | None:
    """The release that it made, as its recorder wrote it; None where it makes none."""
    return Deployment.objects.values_list("version", flat=True).get(pk=deployment.pk)
