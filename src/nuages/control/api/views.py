"""Rows as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nuages.control.state.models import Deployment, Environment, Event, Image, Release, Status
from nuages.control.state.queries import hosts_of, own_host, start_of, url_of
from nuages.control.state.sealed import unpack
from nuages.core.engine import InstanceStatus

_UP = frozenset({"ready", "running", "sleeping"})


def show_app(
    environment: Environment,
    instances: Iterable[InstanceStatus] | None,
    open_deployments: dict[int, int],
) -> dict[str, Any]:
    """An environment; `instances` None: the engine gave no answer."""
    current = environment.current
    hosts = hosts_of(environment)
    return {
        "name": str(environment.identity),
        **place(environment),
        "status": _status(environment, instances),
        "release": current.version if current else None,
        "image": current.image.digest if current else None,
        "url": url_of(hosts),
        "start": start_of(environment) or None,
        "domains": list(hosts),
        "size": environment.size,
        "source": environment.app.source,
        "scale": environment.scale,
        "deployment": open_deployments.get(environment.pk),
        "created": environment.created,
    }


def place(environment: Environment) -> dict[str, str]:
    """`app` and `environment`, which everything that belongs to one carries."""
    return {"app": environment.app.name, "environment": environment.name}


def show_deployment(row: Deployment) -> dict[str, Any]:
    """A deployment."""
    return {
        "id": row.pk,
        "app": row.app,
        "environment": row.place,
        "kind": row.kind,
        "status": row.status,
        "release": row.version,
        "url": row.url or None,
        "start": row.start or None,
        "image": row.image or None,
        "seconds": row.seconds,
        "findings": row.findings,
        "error": row.error,
        "created": row.created,
        "started": row.started,
        "ended": row.ended,
    }


def show_event(row: Event) -> dict[str, Any]:
    """An event; it is of its deployment's environment, also when that is gone."""
    if row.deployment is not None:
        where = {"app": row.deployment.app, "environment": row.deployment.place}
    elif row.environment is not None:
        where = place(row.environment)
    else:
        where = {"app": "", "environment": ""}
    return {
        "id": row.pk,
        "number": row.pk,
        **where,
        "kind": row.kind,
        "actor": row.actor,
        "message": row.message,
        "step": row.step,
        "seconds": row.seconds,
        "data": row.data,
        "deployment": row.deployment_id,
        "created": row.created,
    }


def show_image(row: Image) -> dict[str, Any]:
    """An image, with the releases that run it or may again."""
    return {
        "id": row.digest,
        "source": row.source_digest,
        "django": row.django,
        "python": row.python,
        "releases": [
            {"version": release.version, **place(release.environment)}
            for release in row.releases.all()
        ],
        "created": row.created,
    }


def show_release(row: Release, environment: Environment) -> dict[str, Any]:
    """A release; of its config vars only the names."""
    if row.pk == environment.current_id:
        status = "current"
    elif row.switched:
        status = "former"
    else:
        status = "failed" if not _is_under_way(row, environment) else "starting"
    return {
        "version": row.version,
        **place(environment),
        "status": status,
        "reason": row.reason,
        "image": row.image.digest,
        "processes": row.processes,
        "config": sorted(unpack(row.config)),
        "created": row.created,
        "switched": row.switched,
    }


def show_domains(environment: Environment) -> list[dict[str, Any]]:
    """Its host names, the main one first."""
    own: list[dict[str, Any]] = [
        {"name": row.name, "status": "active" if row.active else "waiting", "created": row.created}
        for row in environment.domains.all()
    ]
    default: dict[str, Any] = {
        "name": own_host(environment),
        "status": "active",
        "created": environment.created,
        "default": True,
    }
    return [
        {"default": False, **row, "url": url_of((row["name"],)), **place(environment)}
        for row in (*own, default)
    ]


def show_instance(instance: InstanceStatus, environment: Environment) -> dict[str, Any]:
    """A running copy."""
    return {
        "id": instance.id,
        **place(environment),
        "release": instance.release,
        "process": instance.process,
        "status": instance.status,
        "pid": instance.pid,
        "created": instance.started,
        "restarts": instance.restarts,
        "memory": instance.memory,
        "exit": instance.exit,
    }


def _status(environment: Environment, instances: Iterable[InstanceStatus] | None) -> str:
    current = environment.current
    if current is None:
        return "new"
    if instances is None:
        return "unknown"
    names = (str(environment.identity), environment.label)
    mine = [i.status for i in instances if i.environment in names and i.release == current.version]
    for status, among in (("running", _UP), ("crashed", {"crashed"}), ("starting", {"starting"})):
        if among & set(mine):
            return status
    return "stopped"


def _is_under_way(row: Release, environment: Environment) -> bool:
    return environment.deployments.filter(version=row.version, status=Status.RUNNING).exists()
