"""A source put live, with the config vars that came along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nuages.control.state.config import ConfigChange, changed, changed_plain, write_config
from nuages.control.state.models import Deployment, Environment
from nuages.control.state.queries import load_state
from nuages.control.worker.job import Job
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed, DeployRequest


def prepare(deployment: Deployment, environment: Environment) -> AppState:
    """The state with the new config vars in it; their rows are written after the switch."""
    change = _change(deployment)
    state = load_state(environment)
    return replace(
        state,
        config=changed(state.config, change),
        build_config=changed_plain(environment.config.all(), change),
    )


def reason(deployment: Deployment) -> str:
    """Where the source came from."""
    return f"deploy of {deployment.request.get('source', 'a source')}"[:200]


def run(job: Job) -> Deployed | None:
    """The whole road."""
    asked = job.deployment.request
    request = DeployRequest(
        state=job.state,
        folder=_path(asked.get("folder")),
        archive=_path(asked.get("archive")),
        root=asked.get("root"),
        strict=bool(asked.get("strict")),
        overlay=bool(asked.get("overlay", True)),
        install_packages=bool(asked.get("install_packages")),
    )
    return job.tools.flows.deploy(request, job.tools.parts, job.record)


def settle(deployment: Deployment, environment: Environment) -> None:
    """The config vars that came along are the environment's now, and the app the source's."""
    write_config(environment, _change(deployment))
    source = deployment.request.get("source")
    if source and environment.app.source != source:
        environment.app.source = source
        environment.app.save(update_fields=["source"])


def abandon(deployment: Deployment) -> None:
    """Nothing was reserved."""


def _change(deployment: Deployment) -> ConfigChange:
    return ConfigChange.unpack(deployment.request, deployment.secrets)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
