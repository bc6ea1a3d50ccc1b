"""An environment removed, with its data, its releases and its config vars."""

from __future__ import annotations

from nuages.control.state.models import App, Deployment, Environment, Image
from nuages.control.worker.job import Job
from nuages.control.worker.jobs.scale import prepare
from nuages.pipeline.values import Deployed

__all__ = ["abandon", "prepare", "reason", "run", "settle"]


def reason(deployment: Deployment) -> str:  # noqa: ARG001
    """No release is made."""
    return "destroy"


def run(job: Job) -> Deployed | None:
    """Stop and remove everything of it; what is gone already is no error. From the first moment
    on it has no release: after a kill nothing may start on what is left of its volume."""
    Environment.objects.filter(pk=job.environment.pk).update(current=None)
    job.tools.flows.destroy(job.environment.identity, job.tools.parts, job.record)
    return None


def settle(deployment: Deployment, environment: Environment) -> None:  # noqa: ARG001
    """Forget the environment, and the app with its last one. Its deployments and events stay:
    who did what is still to be seen."""
    app = environment.app
    environment.delete()
    App.objects.filter(pk=app.pk, environments__isnull=True).delete()
    Image.objects.filter(releases__isnull=True).delete()


def abandon(deployment: Deployment) -> None:
    """Nothing was reserved."""
