"""Routes about apps: their list, one of them, and its end."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from nuages.control.api.places import all_instances
from nuages.control.api.schemas import AppOut, DeploymentOut, Problem
from nuages.control.api.views import show_app, show_deployment
from nuages.control.errors import NOT_CONFIRMED
from nuages.control.state import models
from nuages.control.state.queries import environments, find_environment
from nuages.control.state.requests import Wish, ask, cancel, under_way
from nuages.core.errors import NuagesError

router = Router()


@router.get("/apps", response=list[AppOut], summary="All environments of all apps")
def list_apps(request: HttpRequest) -> list[dict[str, Any]]:
    """Sorted by name."""
    instances = all_instances()
    under_way = _under_way()
    return [show_app(row, instances, under_way) for row in environments()]


@router.get(
    "/apps/{name}", response={200: AppOut, 404: Problem}, summary="One environment of an app"
)
def show(request: HttpRequest, name: str) -> dict[str, Any]:
    """Its release, address and domains."""
    return show_app(find_environment(name), all_instances(), _under_way())


@router.delete(
    "/apps/{name}",
    response={202: DeploymentOut, 404: Problem},
    summary="Remove an environment with its data",
)
def destroy(request: HttpRequest, name: str, confirm: str = "") -> Status[dict[str, Any]]:
    """`confirm` has to repeat the name."""
    with transaction.atomic():
        environment = find_environment(name)
        if confirm not in (name, str(environment.identity)):
            raise NuagesError(
                NOT_CONFIRMED,
                f"'{environment}' and its data would be removed",
                hint=f"nuages destroy {environment} --confirm {environment}",
            )
        # What is under way would hold it for as long as it takes, and is of no use any more.
        cancel(under_way(environment).exclude(kind=models.Kind.DESTROY))
        row = ask(environment, Wish(models.Kind.DESTROY))
    return Status(202, show_deployment(row))


def _under_way() -> dict[int, int]:
    """The deployment of each environment that is running or waiting."""
    rows = models.Deployment.objects.filter(
        status__in=(models.Status.WAITING, models.Status.RUNNING), environment__isnull=False
    )
    return {
        environment: pk
        for environment, pk in rows.order_by("-pk").values_list("environment_id", "pk")
        if environment is not None
    }
