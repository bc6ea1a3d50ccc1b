"""Errors of reaching the platform, and the server's own errors made ours again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nuages.core.diagnosis import Diagnosis, Proof
from nuages.core.errors import (
    EXIT_CONFLICT,
    EXIT_FAILED,
    EXIT_FORBIDDEN,
    EXIT_UNREACHABLE,
    ErrorCode,
    NuagesError,
)

UNREACHABLE = ErrorCode(
    "client.E001",
    "The platform does not answer",
    "Start it: nuages up --detach",
    "Commands talk to the control plane over a socket in the state directory. No platform was"
    " started there, it was stopped, or it is just being restarted. Apps that run go on serving.",
    exit_code=EXIT_UNREACHABLE,
    retryable=True,
)
FORBIDDEN = ErrorCode(
    "client.E002",
    "You may not use this platform",
    "Use it as the user who started it, or start one of your own:"
    " nuages up --home ~/.local/share/nuages",
    "The state directory and its socket belong to the user who ran `nuages up`, and nobody else"
    " is let in. Nuages never starts a second platform without being told to.",
    exit_code=EXIT_FORBIDDEN,
)
BROKEN_OFF = ErrorCode(
    "client.E003",
    "The platform broke off while it answered",
    "Look at the platform with: nuages status",
    "The control plane ended in the middle of an answer and did not come back in time. What it"
    " was doing is finished or marked as failed when it returns.",
    exit_code=EXIT_UNREACHABLE,
    retryable=True,
)
NOT_UNDERSTOOD = ErrorCode(
    "client.E004",
    "The platform gave an answer that this command does not understand",
    "Bring command and platform to one version: nuages down, then nuages up --detach",
    "Command line and platform are installed together. After an upgrade the old control plane"
    " runs until it is restarted.",
)
_BY_STATUS = {401: EXIT_FORBIDDEN, 403: EXIT_FORBIDDEN, 404: EXIT_CONFLICT, 409: EXIT_CONFLICT}


def problem_error(problem: Mapping[str, Any], status: int) -> NuagesError:
    """The error that a problem document (RFC 9457) tells of, with the server's own code."""
    code = ErrorCode(
        code=str(problem.get("code") or NOT_UNDERSTOOD.code),
        title=str(problem.get("title") or NOT_UNDERSTOOD.title),
        hint=str(problem.get("hint") or ""),
        exit_code=int(problem.get("exit_code") or _BY_STATUS.get(status, EXIT_FAILED)),
        retryable=bool(problem.get("retryable")),
    )
    return NuagesError(
        code,
        str(problem.get("detail") or problem.get("title") or f"the platform answered {status}"),
        details=str(problem.get("details") or ""),
        causes=tuple(map(_cause, problem.get("causes") or ())),
    )


def problem_document(error: NuagesError) -> dict[str, object]:
    """`error` as the API writes it (RFC 9457)."""
    return {
        "type": f"urn:nuages:error:{error.code.code}",
        "title": error.code.title,
        "detail": error.message,
        "code": error.code.code,
        "hint": error.hint,
        "details": error.details,
        "causes": [asdict(cause) for cause in error.causes],
        "retryable": error.code.retryable,
        "exit_code": error.exit_code,
    }


def _cause(row: Mapping[str, Any]) -> Diagnosis:
    words = {key: str(row.get(key) or "") for key in ("code", "title", "why", "fix", "file")}
    proofs = (Proof(int(each["number"]), str(each["line"])) for each in row.get("proofs") or ())
    return Diagnosis(**words, proofs=tuple(proofs), line=int(row.get("line") or 0))
