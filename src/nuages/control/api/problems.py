"""Every error of the API as problem+json, in one place; what we did not expect shows nothing."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from nuages.control.disk import disk_full
from nuages.control.errors import BAD_REQUEST, UNKNOWN_THING
from nuages.control.state.problems import to_problem
from nuages.core.errors import INTERNAL, NuagesError

log = logging.getLogger(__name__)
_CONTENT_TYPE = "application/problem+json"


def problem_response(error: NuagesError) -> HttpResponse:
    """The answer for an error."""
    problem = to_problem(error)
    return JsonResponse(problem, status=problem["status"], content_type=_CONTENT_TYPE)


def install(api: NinjaAPI) -> None:
    """Have every exception of a route answered here."""
    api.add_exception_handler(NuagesError, _nuages_error)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, not_found)
    api.add_exception_handler(Exception, _unexpected)


def not_found(request: HttpRequest, exception: object) -> HttpResponse:  # noqa: ARG001
    """No route has this address."""
    return problem_response(NuagesError(UNKNOWN_THING, f"There is nothing at {request.path}"))


def server_error(_: HttpRequest) -> HttpResponse:
    """An exception outside of any route."""
    return problem_response(NuagesError(INTERNAL, "The request could not be answered"))


def _nuages_error(_: HttpRequest, error: NuagesError | type[NuagesError]) -> HttpResponse:
    if isinstance(error, type):
        error = NuagesError(INTERNAL, error.__name__)
    return problem_response(error)


def _invalid(_: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    rows: list[dict[str, Any]] = [] if isinstance(error, type) else error.errors
    return problem_response(NuagesError(BAD_REQUEST, "; ".join(map(_words, rows))))


def _words(row: dict[str, Any]) -> str:
    """Where and what; never the value, which may be a secret."""
    place = [str(part) for part in row.get("loc", ()) if part not in ("body", "query", "path")]
    return f"{'.'.join(place[-2:]) or 'body'}: {row.get('msg', 'invalid')}"


def _http_error(_: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    return problem_response(NuagesError(BAD_REQUEST, str(error)))


def _unexpected(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    full = None if isinstance(error, type) else disk_full(error, settings.NUAGES_HOME)
    if full is not None:
        return problem_response(full)
    kind = error.__name__ if isinstance(error, type) else type(error).__name__
    # The frames alone: the text of an exception may hold a value that nobody should read.
    frames = traceback.format_tb(getattr(error, "__traceback__", None))
    log.error("%s %s met %s\n%s", request.method, request.path, kind, "".join(frames))
    return problem_response(NuagesError(INTERNAL, f"{kind} in the API"))
