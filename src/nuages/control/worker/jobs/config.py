"""Config vars set and unset at once: one new release of the running image."""

from __future__ import annotations

from nuages.control.state.config import ConfigChange
from nuages.control.state.models import Deployment
from nuages.control.state.queries import load_state
from nuages.control.worker.job import Job
from nuages.control.worker.jobs.deploy import abandon, prepare, settle
from nuages.pipeline.values import Deployed

__all__ = ["abandon", "prepare", "reason", "run", "settle"]


def reason(deployment: Deployment) -> str:
    """Which config vars change; never their values."""
    change = ConfigChange.unpack(deployment.request, deployment.secrets)
    words = [f"set {', '.join(sorted(change.put))}"] if change.put else []
    words += [f"unset {', '.join(change.unset)}"] if change.unset else []
    return f"config: {'; '.join(words)}"[:200]


def run(job: Job) -> Deployed | None:
    """The running image with the new config vars; another one of the same source where a build
    sees them. Nothing where there is no release yet: the first one will have them."""
    if job.state.current is None:
        return None
    rebuild = job.state.build_config != load_state(job.environment).build_config
    return job.tools.flows.configure(job.state, job.tools.parts, job.record, rebuild=rebuild)
