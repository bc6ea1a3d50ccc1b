"""Routes about the platform itself: is everything up?"""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

import os
from typing import Any

from django.http import HttpRequest
from ninja import Router

from nuages.control.api import parts
from nuages.control.api.schemas import StatusOut
from nuages.control.state.models import Environment
from nuages.control.state.platform import load_platform

router = Router()


@router.get("/status", response=StatusOut, summary="What runs, where, since when")
def status(request: HttpRequest) -> dict[str, Any]:
    """`healthy` is true when every part of the platform runs."""
    found = parts.all_parts()
    platform = load_platform()
    return {
        "healthy": parts.is_healthy(found),
        "version": parts.platform_version(),
        "since": parts.started(os.getppid()),
        "parts": found,
        "http": {"address": platform.http_address, "port": platform.http_port},
        "apps": Environment.objects.count(),
    }
