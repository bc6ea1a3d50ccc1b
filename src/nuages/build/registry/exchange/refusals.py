"""What a registry says when it does not do what it was asked becomes one clear error.

The document is that of the OCI distribution specification, "Error Codes". Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from nuages.build.registry.errors import (
    DENIED,
    DIGEST_DIFFERS,
    NOT_A_REGISTRY,
    NOT_IN_REGISTRY,
    REGISTRY_FAILED,
    REGISTRY_FULL,
    REGISTRY_REFUSED,
    TAG_IMMUTABLE,
)
from nuages.core.errors import ErrorCode, NuagesError

_SHOWN = 300
# No server is waited for longer than that, whatever it says, in seconds.
_LONGEST_WAIT = 60.0
_TOO_LARGE = (
    "A proxy before the registry limits what may be sent at once: raise its limit "
    "(nginx: client_max_body_size 0;)."
)
# 28 is ENOSPC, as the error of Go that the reference implementation hands out has it.
_FULL = re.compile(
    r"no space left|insufficient storage|quota (?:is |was )?exceeded|exceed\w* (?:\w+ ){0,3}quota|"
    r"exceed\w* the configured|disk (?:is )?full|\"Err\":\s*28\b",
    re.IGNORECASE,
)
_IMMUTABLE = re.compile(
    r"immutab|already exist|cannot be overwritten|overwrit\w+ (?:is )?not|protected tag|"
    r"tag.{0,40}protected",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole: the address that was asked, status, headers (in any case), body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def refusal(answer: Answer, doing: str) -> NuagesError:
    """The error that an answer means; `doing` says what was tried: `push to HOST/REPOSITORY`."""
    codes, said = read_errors(answer.body)
    words = said or _status_words(answer.status)
    message = f"Cannot {doing}: the registry says {answer.status}, {words}"
    hint = _TOO_LARGE if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else None
    return NuagesError(_meaning(answer, codes), message, hint=hint)


def _meaning(answer: Answer, codes: set[str]) -> ErrorCode:
    status, text = answer.status, answer.body.decode(errors="replace")
    if status == HTTPStatus.INSUFFICIENT_STORAGE or (
        status >= HTTPStatus.BAD_REQUEST and _FULL.search(text)
    ):
        return REGISTRY_FULL
    if status == HTTPStatus.CONFLICT or (
        status < HTTPStatus.INTERNAL_SERVER_ERROR and _IMMUTABLE.search(text)
    ):
        return TAG_IMMUTABLE
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or "DENIED" in codes:
        return DENIED
    if "DIGEST_INVALID" in codes:
        return DIGEST_DIFFERS
    if status == HTTPStatus.NOT_FOUND:
        return NOT_IN_REGISTRY if codes or not text.strip() else NOT_A_REGISTRY
    return REGISTRY_FAILED if is_transient(status) else REGISTRY_REFUSED


def is_transient(status: int) -> bool:
    """Whether the same request may be answered otherwise a moment later."""
    return status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT) or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and status not in (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.INSUFFICIENT_STORAGE)
    )


def is_full(answer: Answer) -> bool:
    """Whether an answer says that there is no room: waiting makes none."""
    return _meaning(answer, set()) is REGISTRY_FULL


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a server wants to be left alone; None where it does not say."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value).timestamp() - now
    except ValueError:
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT)


def read_errors(body: bytes) -> tuple[set[str], str]:
    """The codes in the body of an error, and what it says, in one line for people."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return set(), ""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        return set(), ""
    codes, lines = set(), []
    for each in errors:
        if not isinstance(each, dict):
            continue
        code = str(each.get("code") or "UNKNOWN")
        codes.add(code)
        detail = each.get("detail")
        words = [str(each.get("message") or ""), detail if isinstance(detail, str) else ""]
        lines.append(f"{code}: {', '.join(filter(None, words))}".rstrip(": "))
    return codes, printable("; ".join(lines))


def printable(text: str) -> str:
    """What a server says, in one line that is not too long and changes no terminal."""
    clean = "".join(each if each.isprintable() else " " for each in text)
    return clean if len(clean) <= _SHOWN else f"{clean[:_SHOWN]} …"


def _status_words(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "which is no status of HTTP"
