"""Routes about instances: what runs, how many of it, and all of it anew."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Body, Router, Status

from nuages.control.api.places import engine
from nuages.control.api.schemas import DeploymentOut, InstanceOut, Problem
from nuages.control.api.views import show_deployment, show_instance
from nuages.control.errors import BAD_REQUEST, NEVER_DEPLOYED
from nuages.control.state import models
from nuages.control.state.queries import find_environment
from nuages.control.state.requests import Wish, ask
from nuages.core.errors import NuagesError

router = Router()
_MOST = 100


@router.get(
    "/apps/{name}/ps", response={200: list[InstanceOut], 404: Problem}, summary="Its instances"
)
def instances(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """As the engine sees them at this moment."""
    environment = find_environment(name)
    rows = engine().instances(environment.identity)
    return [show_instance(row, environment) for row in rows]


@router.get(
    "/apps/{name}/metrics",
    response={404: Problem},
    summary="What its instances measure, as Prometheus reads it",
    openapi_extra={
        "responses": {
            200: {
                "description": "Prometheus's text format, version 0.0.4.",
                "content": {"text/plain": {}},
            }
        }
    },
)
def metrics(request: HttpRequest, name: str) -> HttpResponse:
    """Of all instances of the environment together."""
    text = engine().metrics(find_environment(name).identity)
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@router.patch(
    "/apps/{name}/scale",
    response={202: DeploymentOut, 400: Problem, 404: Problem, 409: Problem},
    summary="How many instances of each process type",
)
def scale(
    request: HttpRequest,
    name: str,
    counts: Body[dict[str, int]],
) -> Status[dict[str, Any]]:
    """`{"web": 2}`; process types that are not named stay as they are."""
    if not counts:
        raise NuagesError(BAD_REQUEST, "No process type is named", hint="nuages scale APP web=2")
    for process, count in counts.items():
        if not 0 <= count <= _MOST:
            raise NuagesError(BAD_REQUEST, f"{process}={count} is not between 0 and {_MOST}")
    return _queue(name, Wish(models.Kind.SCALE, {"counts": counts}))


@router.post(
    "/apps/{name}/restart",
    response={202: DeploymentOut, 404: Problem, 409: Problem},
    summary="Replace every instance",
)
def restart(request: HttpRequest, name: str) -> Status[dict[str, Any]]:
    """New ones first, without a pause; /app is fresh in them."""
    return _queue(name, Wish(models.Kind.RESTART))


def _queue(name: str, wish: Wish) -> Status[dict[str, Any]]:
    with transaction.atomic():
        environment = find_environment(name)
        if environment.current is None:
            raise NuagesError(NEVER_DEPLOYED, f"'{environment}' has no release yet")
        row = ask(environment, wish)
    return Status(202, show_deployment(row))
