"""Which module does which kind of deployment."""

from __future__ import annotations

from typing import cast

from nuages.control.state.models import Kind
from nuages.control.worker.job import JobModule
from nuages.control.worker.jobs import config, deploy, destroy, domains, restart, rollback, scale

KINDS = {
    Kind.DEPLOY: deploy,
    Kind.ROLLBACK: rollback,
    Kind.CONFIG: config,
    Kind.SCALE: scale,
    Kind.RESTART: restart,
    Kind.DOMAINS: domains,
    Kind.DESTROY: destroy,
}


def module_of(kind: str) -> JobModule:
    """The module of a deployment's kind."""
    return cast("JobModule", KINDS[Kind(kind)])
