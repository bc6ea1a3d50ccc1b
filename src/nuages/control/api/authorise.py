"""The one place where a request is let in or refused: every address goes through it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from nuages.control.api.problems import problem_response
from nuages.control.errors import FORBIDDEN
from nuages.control.state.actor import ACTOR, user_name
from nuages.core.errors import NuagesError

OWNER = "owner"


def authorise(request: HttpRequest) -> str | None:
    """Who asks, or None for nobody that we know.

    The unix socket is the credential: its mode lets in the user who runs the platform alone, and
    a request over it has no network address. Whatever has one is refused.
    """
    return None if request.META.get("REMOTE_ADDR") else OWNER


class Authorise:
    """Middleware: refuses every request, to whatever address, that `authorise` does not know, and
    keeps in mind who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let through or refuse with control.E012."""
        if authorise(request) is None:
            error = NuagesError(FORBIDDEN, "This request did not come over the platform's socket")
            return problem_response(error)
        uid = getattr(request, "scope", {}).get("state", {}).get("uid")
        ACTOR.set("" if uid is None else user_name(uid))
        return self._get_response(request)
