"""Other numbers of instances, kept for every later release."""

from __future__ import annotations

from nuages.control.state.models import Deployment, Environment
from nuages.control.state.queries import load_state
from nuages.control.worker.job import Job
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed


def prepare(deployment: Deployment, environment: Environment) -> AppState:  # noqa: ARG001
    """The state as it is: the pipeline adds the counts."""
    return load_state(environment)


def reason(deployment: Deployment) -> str:  # noqa: ARG001
    """No release is made."""
    return "scale"


def run(job: Job) -> Deployed | None:
    """Start and stop instances."""
    job.tools.flows.scale(job.state, _counts(job.deployment), job.tools.parts, job.record)
    return None


def settle(deployment: Deployment, environment: Environment) -> None:
    """The counts hold from now on."""
    environment.scale = {**environment.scale, **_counts(deployment)}
    environment.save(update_fields=["scale"])


def abandon(deployment: Deployment) -> None:
    """Nothing was reserved."""


def _counts(deployment: Deployment) -> dict[str, int]:
    return {str(name): int(count) for name, count in deployment.request["counts"].items()}
