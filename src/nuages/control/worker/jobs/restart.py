"""Every instance of the running release replaced."""

from __future__ import annotations

from nuages.control.state.models import Deployment, Environment
from nuages.control.worker.job import Job
from nuages.control.worker.jobs.scale import prepare
from nuages.pipeline.values import Deployed

__all__ = ["abandon", "prepare", "reason", "run", "settle"]


def reason(deployment: Deployment) -> str:  # noqa: ARG001
    """No release is made."""
    return "restart"


def run(job: Job) -> Deployed | None:
    """New instances first."""
    job.tools.flows.restart(job.state, job.tools.parts, job.record)
    return None


def settle(deployment: Deployment, environment: Environment) -> None:
    """Nothing is kept of it."""


def abandon(deployment: Deployment) -> None:
    """Nothing was reserved."""
