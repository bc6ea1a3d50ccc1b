"""Routes about one-off commands: start one, read and write it, resize its terminal, end it."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router, Status

from nuages.control.api import sessions
from nuages.control.api.places import engine
from nuages.control.api.schemas import Problem, RunIn, RunOut, SizeIn
from nuages.control.api.streams import stream
from nuages.control.errors import BAD_REQUEST, NEVER_DEPLOYED
from nuages.control.state.actor import ACTOR
from nuages.control.state.models import Environment, Event
from nuages.control.state.queries import find_environment, load_redactor, load_state
from nuages.control.state.sealed import unpack_secrets
from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError

router = Router()
_INPUT_MAX = 1024 * 1024


@router.post(
    "/apps/{name}/runs",
    response={201: RunOut, 404: Problem, 409: Problem},
    summary="Run a command in the current release",
)
def start(request: HttpRequest, name: str, wanted: RunIn) -> Status[dict[str, Any]]:
    """In a sandbox of its own, with the environment's config vars and data."""
    if any("\0" in word for word in wanted.argv):
        raise NuagesError(BAD_REQUEST, "A word of the command has a NUL character")
    environment = find_environment(name)
    session = engine().open(_one_off(environment, wanted))
    run = sessions.Run(environment.identity, session)
    try:
        program = load_redactor(environment).text(wanted.argv[0])
        Event.objects.create(
            environment=environment,
            kind="run.started",
            actor=ACTOR.get(),
            message=f"Run: {program}",
        )
    except BaseException:
        # Nobody would ever learn its id.
        run.kill()
        raise
    sessions.keep(run)
    return Status(201, _show(run))


@router.get("/runs/{identifier}", response={200: RunOut, 404: Problem}, summary="How it stands")
def show(request: HttpRequest, identifier: str) -> dict[str, Any]:
    """Its exit code, once it has ended."""
    return _show(sessions.find(identifier))


@router.get(
    "/runs/{identifier}/output",
    response={404: Problem, 409: Problem},
    summary="What it prints, as bytes, until it ends",
    openapi_extra={
        "responses": {
            200: {
                "description": "Bytes as they come. Whoever stops reading ends the command.",
                "content": {"application/octet-stream": {}},
            }
        }
    },
)
def output(request: HttpRequest, identifier: str) -> StreamingHttpResponse:
    """Standard output and standard error together."""
    return stream(sessions.find(identifier).output(), "application/octet-stream")


@router.post(
    "/runs/{identifier}/input",
    response={204: None, 404: Problem},
    summary="Write to its standard input",
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}},
)
def write(request: HttpRequest, identifier: str) -> HttpResponse:
    """The body as it is; an empty one closes it."""
    run = sessions.find(identifier)
    data = request.read(_INPUT_MAX + 1)
    if len(data) > _INPUT_MAX:
        raise NuagesError(BAD_REQUEST, f"More than {_INPUT_MAX} bytes at once")
    if run.exit_code is None:
        run.session.write(data)
    return HttpResponse(status=204)


@router.post(
    "/runs/{identifier}/resize",
    response={204: None, 404: Problem},
    summary="Tell its terminal a new size",
)
def resize(request: HttpRequest, identifier: str, wanted: SizeIn) -> HttpResponse:
    """In rows and columns."""
    run = sessions.find(identifier)
    if run.exit_code is None:
        run.session.resize(wanted.rows, wanted.columns)
    return HttpResponse(status=204)


@router.delete("/runs/{identifier}", response={204: None, 404: Problem}, summary="End it now")
def kill(request: HttpRequest, identifier: str) -> HttpResponse:
    """An ended one stays as it is."""
    sessions.find(identifier).kill()
    return HttpResponse(status=204)


def _show(run: sessions.Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "app": run.environment.app,
        "environment": run.environment.environment,
        "status": "running" if run.exit_code is None else "ended",
        "exit_code": run.exit_code,
        "created": run.created,
    }


def _one_off(environment: Environment, wanted: RunIn) -> OneOff:
    """The command in the current release's image, with the variables of its instances."""
    # Loaded when somebody runs a command: most of the time nobody does.
    from nuages.build.store import ImageStore  # noqa: PLC0415
    from nuages.release.assemble import assemble  # noqa: PLC0415
    from nuages_runtime.given.sizing import size_workers  # noqa: PLC0415

    current = environment.current
    if current is None:
        raise NuagesError(NEVER_DEPLOYED, f"'{environment}' has no release yet")
    state = load_state(environment)
    # With what the instances have: a change may be on its way.
    state = replace(state, config=unpack_secrets(current.config))
    image = ImageStore(settings.NUAGES_HOME).load(current.image.digest)
    workers = size_workers(state.limits.cpu, state.limits.memory)
    release = assemble(state, image, current.version, workers, migrate=False)
    return OneOff(
        environment=environment.identity,
        image=image,
        argv=tuple(wanted.argv),
        env=release.env,
        purpose="run",
        limits=release.limits,
        tty=wanted.tty,
        peers=release.peers,
    )
