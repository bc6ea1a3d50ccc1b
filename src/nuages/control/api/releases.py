"""Routes about releases: what was released, back to it, what it migrated, what was changed."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from nuages.control.api.schemas import (
    DeploymentOut,
    ImageOut,
    MigrationOut,
    Problem,
    ReleaseOut,
    RollbackIn,
    SettingOut,
)
from nuages.control.api.views import place, show_deployment, show_image, show_release
from nuages.control.errors import ALREADY_CURRENT, NEVER_DEPLOYED, NO_PREVIOUS
from nuages.control.state import models
from nuages.control.state.queries import ImagesInUse, find_environment
from nuages.control.state.requests import Wish, ask
from nuages.core.errors import NuagesError

router = Router()


@router.get(
    "/apps/{name}/releases",
    response={200: list[ReleaseOut], 404: Problem},
    summary="Its releases, newest first",
)
def releases(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """Those that are kept; a rollback can go to each that ever had the traffic."""
    environment = find_environment(name)
    rows = environment.releases.select_related("image")
    return [show_release(row, environment) for row in rows]


@router.post(
    "/apps/{name}/rollback",
    response={202: DeploymentOut, 404: Problem, 409: Problem},
    summary="Make a new release from an earlier one",
)
def rollback(request: HttpRequest, name: str, wanted: RollbackIn) -> Status[dict[str, Any]]:
    """Image and process types of then, with today's config vars unless `with_config`."""
    with transaction.atomic():
        environment = find_environment(name)
        version = _target(environment, wanted)
        row = ask(
            environment,
            Wish(models.Kind.ROLLBACK, {"version": version, "with_config": wanted.with_config}),
        )
    return Status(202, show_deployment(row))


@router.get(
    "/apps/{name}/migrations",
    response={200: list[MigrationOut], 404: Problem},
    summary="What each release migrated, newest first",
)
def migrations(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """Of the releases that are kept."""
    environment = find_environment(name)
    return [
        {
            "version": row.version,
            "name": migration,
            **place(environment),
            "created": row.switched or row.created,
        }
        for row in environment.releases.all()
        for migration in reversed(row.migrations)
    ]


@router.get(
    "/apps/{name}/settings",
    response={200: list[SettingOut], 404: Problem, 409: Problem},
    summary="What the overlay changed, and why",
)
def overlay(request: HttpRequest, name: str) -> list[dict[str, str]]:
    """As the running release's own process reported it; where it reported nothing, as the build
    found it."""
    environment = find_environment(name)
    current = environment.current
    if current is None:
        raise NuagesError(NEVER_DEPLOYED, f"'{environment}' has no release yet")
    changes = current.changes or _build_changes(current.image.digest)
    return [
        {key: str(value) for key, value in change.items()}
        | {"name": str(change["setting"]), **place(environment)}
        for change in changes
    ]


@router.get("/images", response=list[ImageOut], summary="What is kept in the image store")
def images(request: HttpRequest) -> list[dict[str, Any]]:
    """Newest first: the images of every release that serves or can be gone back to."""
    rows = models.Image.objects.filter(digest__in=list(ImagesInUse())).order_by("-pk")
    return [show_image(row) for row in rows.prefetch_related("releases__environment__app")]


def _target(environment: models.Environment, wanted: RollbackIn) -> int:
    """The version to go back to. Raises control errors where there is none, or no use in it."""
    current = environment.current
    if current is None:
        raise NuagesError(NEVER_DEPLOYED, f"'{environment}' has no release yet")
    if wanted.version == current.version and not wanted.with_config:
        raise NuagesError(ALREADY_CURRENT, f"v{current.version} of '{environment}' is running")
    served = environment.releases.filter(switched__isnull=False)
    if wanted.version is None:
        former = served.filter(version__lt=current.version)
        # Releases of the same image differ in their config vars and host names alone, so one with
        # other code is meant where there is one.
        other = None if wanted.with_config else former.exclude(image=current.image).first()
        found = other or former.first()
        what = f"'{environment}' has no release before v{current.version}"
    else:
        found = served.filter(version=wanted.version).first()
        what = f"'{environment}' has no release v{wanted.version} that ever had the traffic"
    if found is None:
        raise NuagesError(
            NO_PREVIOUS, what, hint=f"List what is kept: nuages releases {environment}"
        )
    return found.version


def _build_changes(digest: str) -> list[dict[str, Any]]:
    path = settings.NUAGES_HOME.images / digest.removeprefix("sha256:") / "image.json"
    try:
        changes = json.loads(path.read_text())["report"]["changes"]
    except (FileNotFoundError, ValueError, KeyError):
        return []
    return list(changes)
