"""Routes about domains: the host names that lead to an environment."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from ninja import Router, Status

from nuages.control.api.schemas import DeploymentOut, DomainIn, DomainOut, Problem
from nuages.control.api.views import show_deployment, show_domains
from nuages.control.errors import NEVER_DEPLOYED, UNKNOWN_THING
from nuages.control.state import models
from nuages.control.state.platform import load_platform
from nuages.control.state.queries import find_environment
from nuages.control.state.requests import Wish, ask
from nuages.core.errors import NuagesError
from nuages.route.domains import normalise_domain, normalise_host
from nuages.route.errors import DOMAIN_TAKEN

router = Router()


@router.get(
    "/apps/{name}/domains",
    response={200: list[DomainOut], 404: Problem},
    summary="Its host names, the main one first",
)
def domains(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """The user's own, then the platform's default."""
    return show_domains(find_environment(name))


@router.post(
    "/apps/{name}/domains",
    response={202: DeploymentOut, 400: Problem, 404: Problem, 409: Problem},
    summary="Lead a domain here",
)
def add(request: HttpRequest, name: str, wanted: DomainIn) -> Status[dict[str, Any]]:
    """It works from the moment at which the release that allows it gets the traffic."""
    domain = normalise_domain(wanted.domain, load_platform().base_domain)
    with transaction.atomic():
        environment = _deployed(name)
        _reserve(environment, domain)
        row = ask(environment, Wish(models.Kind.DOMAINS, {"add": domain}))
    return Status(202, show_deployment(row))


@router.delete(
    "/apps/{name}/domains/{domain}",
    response={202: DeploymentOut, 404: Problem},
    summary="Lead a domain here no more",
)
def remove(request: HttpRequest, name: str, domain: str) -> Status[dict[str, Any]]:
    """The default host name stays."""
    host = normalise_host(domain)
    with transaction.atomic():
        environment = _deployed(name)
        if not environment.domains.filter(name=host).exists():
            raise NuagesError(
                UNKNOWN_THING,
                f"'{environment}' has no domain {host}",
                hint=f"List them: nuages domains {environment}",
            )
        row = ask(environment, Wish(models.Kind.DOMAINS, {"remove": host}))
    return Status(202, show_deployment(row))


def _deployed(name: str) -> models.Environment:
    environment = find_environment(name)
    if environment.current is None:
        raise NuagesError(NEVER_DEPLOYED, f"'{environment}' has no release yet")
    return environment


def _reserve(environment: models.Environment, domain: str) -> None:
    try:
        with transaction.atomic():
            models.Domain.objects.create(environment=environment, name=domain)
    except IntegrityError:
        other = models.Domain.objects.select_related("environment__app").get(name=domain)
        raise NuagesError(
            DOMAIN_TAKEN,
            f"'{domain}' leads to '{other.environment}'",
            hint=f"Remove it there first: nuages domains {other.environment} remove {domain}",
        ) from None
