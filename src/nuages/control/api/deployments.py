"""Routes about deployments: an upload, a request, how it stands, its events as they come."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Status

from nuages.control.api.schemas import DeployIn, DeploymentOut, Problem, UploadOut
from nuages.control.api.streams import Newsroom, line, stream, wait_for_news
from nuages.control.api.uploads import TAKEN
from nuages.control.api.views import show_deployment, show_event
from nuages.control.errors import NO_SOURCE, NOT_CANCELLED, UNKNOWN_THING
from nuages.control.state import models
from nuages.control.state.config import ConfigChange, check_config
from nuages.control.state.queries import find_environment
from nuages.control.state.requests import Target, Wish, ask, cancel, ensure_environment
from nuages.control.state.uploads import find_upload, keep_upload
from nuages.core.app import EnvironmentName, to_name
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret

router = Router()
_CHUNK = 256 * 1024
_MOST = 1000


@router.post("/uploads", response={200: UploadOut, 422: Problem}, summary="Send an archive")
def upload(request: HttpRequest, name: str = "app.zip") -> dict[str, str]:
    """The body is the zip itself; `name` its file name, after which the app may be named."""
    taken = getattr(request, "scope", {}).get(TAKEN)
    if isinstance(taken, Exception):
        raise taken
    return {"id": taken or keep_upload(_chunks(request), name)}


@router.post(
    "/deployments",
    response={202: DeploymentOut, 400: Problem, 409: Problem},
    summary="Put a project live",
)
def deploy(request: HttpRequest, wanted: DeployIn) -> Status[dict[str, Any]]:
    """Queue a deployment of a folder or of an upload. It takes the place of a deploy of the same
    environment that still waits."""
    check_config(wanted.config)
    source = _source(wanted)
    folder, archive = source
    path = archive or folder or Path()
    name = wanted.app or to_name(path.stem if archive else path.name)
    # Any archive may be called app.zip: without its path it is never the one of before.
    identity = f"archive:{wanted.origin or ''}" if archive else f"folder:{path}"
    change = ConfigChange({k: Secret(v) for k, v in wanted.config.items()})
    plain, secrets = change.pack()
    with transaction.atomic():
        target = Target(EnvironmentName.parse(name), identity, chosen=wanted.app is not None)
        row = ask(
            ensure_environment(target),
            Wish(
                models.Kind.DEPLOY,
                {
                    **plain,
                    "folder": str(folder) if folder else None,
                    "archive": str(archive) if archive else None,
                    "source": identity,
                    "root": wanted.root,
                    "strict": wanted.strict,
                    "overlay": wanted.overlay,
                    "install_packages": wanted.install_packages,
                },
                secrets,
            ),
        )
    return Status(202, show_deployment(row))


@router.get(
    "/apps/{name}/deployments",
    response={200: list[DeploymentOut], 404: Problem},
    summary="What was asked of it, newest first",
)
def deployments(request: HttpRequest, name: str, n: Query[int] = 100) -> list[dict[str, Any]]:
    """The last `n` deployments of an environment, changes of every kind among them."""
    rows = find_environment(name).deployments.order_by("-pk")
    return [show_deployment(row) for row in rows[: max(0, min(n, _MOST))]]


@router.get(
    "/deployments/{int:number}",
    response={200: DeploymentOut, 404: Problem},
    summary="How a deployment stands",
)
def show(request: HttpRequest, number: int) -> dict[str, Any]:
    """Its status, and what came of it."""
    return show_deployment(_find(number))


@router.delete(
    "/deployments/{int:number}",
    response={202: DeploymentOut, 404: Problem, 409: Problem},
    summary="Cancel a deployment",
)
def end(request: HttpRequest, number: int) -> Status[dict[str, Any]]:
    """It ends before its switch, or not at all: the former release goes on serving."""
    with transaction.atomic():
        row = _find(number)
        if models.Status(row.status).is_final or row.kind == models.Kind.DESTROY:
            words = f"{row.get_kind_display()} of {row.identity} is {row.status}"
            raise NuagesError(NOT_CANCELLED, words)
        cancel([row])
    return Status(202, show_deployment(row))


@router.get(
    "/deployments/{int:number}/events",
    response={404: Problem},
    summary="Its events as they come, as NDJSON",
    openapi_extra={
        "responses": {
            200: {
                "description": "One event a line until the deployment ends; the last line is "
                '`{"kind": "end", "deployment": {…}}`. `after` is the number of the last seen.',
                "content": {"application/x-ndjson": {}},
            }
        }
    },
)
def events(request: HttpRequest, number: int, after: int = 0) -> StreamingHttpResponse:
    """The events with a number above `after`, then those to come, then the end."""
    return stream(_follow(_find(number).pk, after))


async def _follow(number: int, after: int) -> AsyncIterator[bytes]:
    with Newsroom.here().subscribe() as news:
        while True:
            rows, end = await sync_to_async(_news)(number, after)
            for row in rows:
                after = row["number"]
                yield line(row)
            if end is not None:
                yield line({"kind": "end", "deployment": end})
                return
            await wait_for_news(news)


def _news(number: int, after: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """What is new, and the deployment itself if it has ended. The status is read first: what
    it ended with is in the events by then."""
    row = models.Deployment.objects.filter(pk=number).first()
    rows = models.Event.objects.filter(deployment_id=number, pk__gt=after)
    rows = rows.select_related("deployment")
    shown = [show_event(event) for event in rows]
    ended = row is None or models.Status(row.status).is_final
    return shown, (show_deployment(row) if row else {}) if ended else None


def _find(number: int) -> models.Deployment:
    row = models.Deployment.objects.filter(pk=number).first()
    if row is None:
        raise NuagesError(
            UNKNOWN_THING,
            f"There is no deployment {number}",
            hint="`nuages events APP` shows an app's deployments.",
        )
    return row


def _source(wanted: DeployIn) -> tuple[Path | None, Path | None]:
    """(folder, archive), of which one is set. Raises control.E002 and the code for no source."""
    if bool(wanted.folder) == bool(wanted.upload):
        raise NuagesError(NO_SOURCE, "Exactly one of folder and upload has to be given")
    if wanted.upload:
        return None, find_upload(wanted.upload)
    folder = Path(wanted.folder or "")
    if not folder.is_absolute():
        raise NuagesError(NO_SOURCE, f"'{folder}' is not an absolute path")
    if not folder.is_dir():
        raise NuagesError(NO_SOURCE, f"There is no folder {folder}")
    return folder, None


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk
