"""An error as RFC 9457 problem details: what the API answers and what a deployment keeps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nuages.control.errors import ABSENT
from nuages.core.errors import (
    EXIT_CONFLICT,
    EXIT_FORBIDDEN,
    EXIT_PROJECT,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    NuagesError,
)

_STATUS = {
    EXIT_USAGE: 400,
    EXIT_PROJECT: 422,
    EXIT_CONFLICT: 409,
    EXIT_FORBIDDEN: 403,
    EXIT_UNREACHABLE: 503,
}


def to_problem(error: NuagesError) -> dict[str, Any]:
    """The error as a JSON object; texts are as they are in it, not redacted."""
    code = error.code
    return {
        "type": f"urn:nuages:error:{code.code}",
        "title": code.title,
        "status": 404 if code.code in ABSENT else _STATUS.get(error.exit_code, 500),
        "detail": error.message,
        "code": code.code,
        "hint": error.hint,
        "details": error.details,
        "causes": [asdict(cause) for cause in error.causes],
        "retryable": code.retryable,
        "exit_code": error.exit_code,
    }
