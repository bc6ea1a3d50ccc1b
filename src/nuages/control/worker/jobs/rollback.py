"""Back to an earlier release, with today's config vars or with those of then."""

from __future__ import annotations

from dataclasses import replace

from nuages.control.errors import NO_PREVIOUS
from nuages.control.state.config import replace_config
from nuages.control.state.models import Deployment, Environment, Release
from nuages.control.state.queries import load_state, to_record
from nuages.control.state.sealed import unpack_secrets
from nuages.control.worker.job import Job
from nuages.core.errors import NuagesError
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed


def prepare(deployment: Deployment, environment: Environment) -> AppState:
    """The state, with the config vars of then where they are asked for."""
    state = load_state(environment)
    if deployment.request.get("with_config"):
        state = replace(state, config=to_record(_target(deployment, environment)).config)
    return state


def reason(deployment: Deployment) -> str:
    """Which release comes back."""
    with_config = " with its config" if deployment.request.get("with_config") else ""
    return f"rollback to v{deployment.request['version']}{with_config}"


def run(job: Job) -> Deployed | None:
    """The old image as a new release."""
    target = to_record(_target(job.deployment, job.environment))
    return job.tools.flows.rollback(
        job.state, target, job.state.config, job.tools.parts, job.record
    )


def settle(deployment: Deployment, environment: Environment) -> None:
    """The config vars of then are today's, where they were asked for."""
    if deployment.request.get("with_config"):
        release = _target(deployment, environment)
        replace_config(environment, unpack_secrets(release.config))


def abandon(deployment: Deployment) -> None:
    """Nothing was reserved."""


def _target(deployment: Deployment, environment: Environment) -> Release:
    version = deployment.request["version"]
    release = environment.releases.select_related("image").filter(version=version).first()
    if release is None:
        raise NuagesError(NO_PREVIOUS, f"'{environment}' has no release v{version} any more")
    return release
