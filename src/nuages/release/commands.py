"""Release commands: what runs once in the new code before traffic, and what its report says."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError
from nuages.core.pages import Pages
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.tracebacks import shorten
from nuages.release.assemble import PYTHON
from nuages.release.errors import (
    CHECKS_FAILED,
    COMMAND_FAILED,
    MIGRATION_FAILED,
    RUNNER_FAILED,
    STATIC_FAILED,
)
from nuages.system.files import read_untrusted
from nuages_runtime.report import EXCHANGE, SOURCE

PURPOSE = "release"
# Seconds. One that hangs would keep its environment from every other deployment.
LONGEST = 3600.0
_TOO_LONG = 124
# The runner's steps in which a project's modules are imported: the settings and models, then the
# URLconf, by the checks.
_LOADING = ("setup", "check", "urls")


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What the runner inside says: migrations applied (`app.name`), whether the project serves
    its uploads by a view of its own, the overlay's changes, Django's and its warnings, what the
    URLconf has to ask, the errors of checks that refuse no release, and how long it took (seconds)
    to load the project."""

    applied: tuple[str, ...]
    media_view: bool
    changes: tuple[Mapping[str, str], ...]
    warnings: tuple[str, ...]
    plan: tuple[Mapping[str, Any], ...] = ()
    pages: Pages = field(default_factory=Pages)
    tolerated: tuple[str, ...] = ()
    loading: float = 0.0


def runtime_command(release: Release, exchange: Path, *, plan_only: bool = False) -> OneOff:
    """The one Django process of a release: checks, then migrations (or only their plan)."""
    tasks = {"check": not plan_only, "migrate": release.migrate, "plan_only": plan_only}
    env = {**release.env, "NUAGES_TASKS": Secret(json.dumps(tasks))}
    argv = (PYTHON, "-m", "nuages_runtime.release", SOURCE, EXCHANGE)
    return _one_off(release, argv, env, exchange)


def own_command(release: Release, argv: tuple[str, ...]) -> OneOff:
    """A release command of the project's own."""
    return _one_off(release, argv, release.env, None)


def examine_command(release: Release, exchange: Path) -> OneOff:
    """Django's checks and its word on migrations, asked of a release that is not live."""
    argv = (PYTHON, "-m", "nuages_runtime.examine", SOURCE, EXCHANGE)
    return _one_off(release, argv, release.env, exchange)


def read_examination(exchange: Path, code: int, output: str) -> Mapping[str, Any]:
    """What Django says: `checks` and `migrations`, as rows. Raises release.E013 where it could
    not be asked."""
    try:
        document: dict[str, Any] = json.loads(read_untrusted(exchange / "report.json"))
    except (OSError, ValueError):
        raise NuagesError(RUNNER_FAILED, f"It {_ending(code)}", details=output) from None
    if document.get("error"):
        raise _explain(document["error"], code, output, ())
    return document


def read_report(exchange: Path, code: int, output: str) -> ReleaseReport:
    """The runner's report. Raises release.E011, E012 or E013 where it says that it failed."""
    try:
        document = json.loads(read_untrusted(exchange / "report.json"))
    except (OSError, ValueError):
        raise NuagesError(RUNNER_FAILED, f"It {_ending(code)}", details=output) from None
    error = document.get("error")
    if error or not document.get("ok"):
        raise _explain(error or {}, code, output, _names(document))
    tolerated = _messages(document.get("tolerated"))
    checks = [said for said in _messages(document.get("checks")) if said not in tolerated]
    return ReleaseReport(
        applied=_names(document),
        media_view=bool(document.get("media_view")),
        changes=tuple(document.get("changes") or ()),
        warnings=(*checks, *map(str, document.get("warnings") or ())),
        tolerated=tolerated,
        plan=tuple(document.get("plan") or ()),
        pages=_pages(document.get("pages")),
        loading=_seconds(document.get("steps"), _LOADING),
    )


def _seconds(steps: object, names: Collection[str]) -> float:
    """How long the steps of these names took."""
    rows = [row for row in steps if isinstance(row, dict)] if isinstance(steps, list) else []
    taken = [row.get("seconds") for row in rows if row.get("name") in names]
    return sum(float(each) for each in taken if isinstance(each, (int, float)))


def _messages(rows: Iterable[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Messages of Django's checks."""
    return tuple(f"{row.get('id')}: {row.get('message')}" for row in rows or ())


def _pages(found: object) -> Pages:
    """The runner's word on the URLconf, which is the project's: what is no path is left out."""
    if not isinstance(found, dict):
        return Pages()
    first = tuple(filter(None, map(_path, found.get("first") or ())))
    return Pages(bool(found.get("root")), _path(found.get("health")), first)


def _path(text: object) -> str:
    """The text where it is a path; else an empty one."""
    return text if isinstance(text, str) and re.fullmatch(r"/[!-~]{0,200}", text) else ""


def command_failed(argv: tuple[str, ...], code: int, output: str) -> NuagesError:
    """The error for a release command of the project's own."""
    command = " ".join(argv)
    return NuagesError(COMMAND_FAILED, f"'{command}' {_ending(code)}", details=shorten(output))


def _one_off(
    release: Release, argv: tuple[str, ...], env: Mapping[str, Secret], exchange: Path | None
) -> OneOff:
    return OneOff(
        environment=release.environment,
        image=release.image,
        argv=argv,
        env=env,
        purpose=PURPOSE,
        limits=release.limits,
        exchange=exchange,
        timeout=LONGEST,
        peers=release.peers,
    )


def _ending(code: int) -> str:
    if code == _TOO_LONG:
        return f"was ended after {LONGEST:.0f} s"
    return f"ended with exit code {code}"


def _names(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The migrations that were applied, also before one that failed."""
    return tuple(f"{row['app']}.{row['name']}" for row in document.get("applied") or ())


def _explain(
    error: Mapping[str, Any], code: int, output: str, applied: tuple[str, ...]
) -> NuagesError:
    codes = {"migrate": MIGRATION_FAILED, "check": CHECKS_FAILED, "static": STATIC_FAILED}
    kind = codes.get(str(error.get("step")), RUNNER_FAILED)
    what = f"{error.get('type', 'exit')}: {error.get('message', code)}"
    if kind is CHECKS_FAILED and error.get("type") == "ChecksFailedError":
        what = str(error.get("message"))
    if error.get("migration"):
        what = f"{error['migration']} failed at '{error.get('operation')}': {what}"
    if applied and kind is MIGRATION_FAILED:
        what += f" (applied before it, and kept: {', '.join(applied)})"
    details = shorten(str(error.get("trace") or output))
    return NuagesError(kind, what, details=details, hint=str(error.get("hint") or "") or None)
