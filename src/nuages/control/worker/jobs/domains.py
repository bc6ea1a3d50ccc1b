"""A domain added or removed: one new release that knows its host names."""

from __future__ import annotations

from dataclasses import replace

from nuages.control.state.models import Deployment, Domain, Environment
from nuages.control.state.queries import load_state, own_host
from nuages.control.worker.job import Job
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed


def prepare(deployment: Deployment, environment: Environment) -> AppState:
    """The state with the host names as they will be."""
    add, remove = _wanted(deployment)
    own = [row.name for row in environment.domains.all() if row.active or row.name == add]
    hosts = (*(name for name in own if name != remove), own_host(environment))
    return replace(load_state(environment), hosts=hosts)


def reason(deployment: Deployment) -> str:
    """Which domain comes or goes."""
    add, remove = _wanted(deployment)
    return f"domain {add} added" if add else f"domain {remove} removed"


def run(job: Job) -> Deployed | None:
    """The running image with the new host names."""
    return job.tools.flows.configure(job.state, job.tools.parts, job.record, rebuild=False)


def settle(deployment: Deployment, environment: Environment) -> None:
    """The domain leads here from now on, or no more."""
    add, remove = _wanted(deployment)
    Domain.objects.filter(environment=environment, name=add).update(active=True)
    Domain.objects.filter(environment=environment, name=remove).delete()


def abandon(deployment: Deployment) -> None:
    """A domain that was only reserved is free again."""
    add, _ = _wanted(deployment)
    Domain.objects.filter(environment=deployment.environment, name=add, active=False).delete()


def _wanted(deployment: Deployment) -> tuple[str, str]:
    asked = deployment.request
    return str(asked.get("add") or ""), str(asked.get("remove") or "")
