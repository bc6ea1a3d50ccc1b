"""What every job module is handed, and the four functions that each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from nuages.control.state.models import Deployment, Environment
from nuages.control.worker.flows import Flows
from nuages.core.event import Record
from nuages.core.state import AppState
from nuages.pipeline.values import Deployed, Parts


@dataclass(frozen=True, slots=True)
class Tools:
    """What the worker works with: the parts of the platform and the flows over them."""

    parts: Parts
    flows: Flows


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed deployment with the state that its pipeline starts from."""

    deployment: Deployment
    environment: Environment
    state: AppState
    tools: Tools
    record: Record


class JobModule(Protocol):
    """One kind of deployment: rows to values, a pipeline, and what its success means in rows."""

    def prepare(self, deployment: Deployment, environment: Environment) -> AppState:
        """The state as the deployment wants it."""

    def reason(self, deployment: Deployment) -> str:
        """What the release that it makes is for, in a few words."""

    def run(self, job: Job) -> Deployed | None:
        """Call the pipeline; None where no release is made."""

    def settle(self, deployment: Deployment, environment: Environment) -> None:
        """Write what holds from now on. Reads nothing but rows, and may be done twice: after a
        kill, recovery calls it."""

    def abandon(self, deployment: Deployment) -> None:
        """Take back what was reserved for a deployment that failed."""
