"""Routes about config vars: their list, one value, and changes of several at once."""

# ruff: noqa: ARG001 - a route is handed its request, wanted or not
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from nuages.control.api.schemas import (
    ConfigIn,
    ConfigVarOut,
    DeploymentOut,
    NoDeployment,
    Problem,
)
from nuages.control.api.views import place, show_deployment
from nuages.control.errors import UNKNOWN_THING
from nuages.control.state import models
from nuages.control.state.config import ConfigChange, check_config, write_config
from nuages.control.state.queries import find_environment
from nuages.control.state.requests import Wish, ask, under_way
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret

router = Router()


@router.get(
    "/apps/{name}/config",
    response={200: list[ConfigVarOut], 404: Problem},
    summary="Its config vars",
)
def show(request: HttpRequest, name: str, reveal: str = "") -> list[dict[str, Any]]:
    """Hidden ones come without their value; `reveal` gives one of them with it."""
    environment = find_environment(name)
    rows = environment.config.order_by("name")
    if reveal:
        rows = rows.filter(name=reveal)
        if not rows:
            raise NuagesError(
                UNKNOWN_THING,
                f"'{environment}' has no config var {reveal}",
                hint=f"List them: nuages config {environment}",
            )
    return [
        {
            "name": row.name,
            "value": row.value.reveal() if reveal or not row.hidden else None,
            "hidden": row.hidden,
            "updated": row.updated,
            **place(environment),
        }
        for row in rows
    ]


@router.patch(
    "/apps/{name}/config",
    response={200: NoDeployment, 202: DeploymentOut, 400: Problem, 404: Problem},
    summary="Set and unset config vars",
)
def change(request: HttpRequest, name: str, wanted: ConfigIn) -> Status[dict[str, Any]]:
    """All of them with one new release and no pause. Nothing is deployed where nothing runs yet
    or nothing would change."""
    check_config(wanted.set, wanted.unset)
    with transaction.atomic():
        environment = find_environment(name)
        known = {row.name: (row.value.reveal(), row.hidden) for row in environment.config.all()}
        _check_unset(environment, wanted.unset, known)
        put = {name: Secret(value) for name, value in wanted.set.items()}
        asked = ConfigChange(put, tuple(wanted.unset), wanted.hidden)
        # What is under way may have read its config vars already, and may change what they are.
        if not under_way(environment).exists():
            if environment.current is None:
                write_config(environment, asked)
                return Status(200, {"reason": "no release"})
            if not _changes(wanted, known):
                return Status(200, {"reason": "unchanged"})
        plain, secrets = asked.pack()
        row = ask(environment, Wish(models.Kind.CONFIG, plain, secrets))
    return Status(202, show_deployment(row))


def _check_unset(
    environment: models.Environment, unset: list[str], known: dict[str, tuple[str, bool]]
) -> None:
    absent = [name for name in unset if name not in known]
    if absent and not under_way(environment).exists():
        raise NuagesError(
            UNKNOWN_THING,
            f"'{environment}' has no config var {absent[0]}",
            hint=f"List them: nuages config {environment}",
        )


def _changes(wanted: ConfigIn, known: dict[str, tuple[str, bool]]) -> bool:
    """Whether anything would be different."""
    if any(name in known for name in wanted.unset):
        return True
    return any(
        name not in known
        or known[name][0] != value
        or (wanted.hidden is not None and known[name][1] != wanted.hidden)
        for name, value in wanted.set.items()
    )
