"""Sees a change of an environment through: shows its steps, and ends with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.cli.errors import DEPLOYMENT_FAILED, REPLACED
from nuages.cli.output import say, write, write_json
from nuages.cli.progress import Progress
from nuages.client.client import Client
from nuages.client.errors import problem_error
from nuages.client.follow import follow_deployment
from nuages.core.errors import EXIT_CONFLICT, NuagesError

Deployment = dict[str, Any]


def see_through(client: Client, deployment: Mapping[str, Any]) -> Deployment:
    """Follow a deployment to its end and return it; raises what it failed with."""
    progress = Progress()
    unfinished, ended = "", dict(deployment)
    try:
        for event in follow_deployment(client, str(deployment["id"])):
            if event["kind"] == "end":
                ended = dict(event["deployment"])
                break
            if event["kind"] in ("step.started", "step.failed"):
                unfinished = str(event.get("step") or "")
            elif event["kind"] == "step.done" and event.get("step") == unfinished:
                unfinished = ""
            progress.show(event)
    except KeyboardInterrupt:
        progress.close()
        name = environment_of(ended)
        say(f"The {ended.get('kind')} of {name} goes on without you. See it: nuages events {name}")
        raise
    finally:
        progress.close()
    if ended.get("status") != "succeeded":
        raise _failure(client, ended, unfinished)
    return ended


def see_change_through(
    client: Client, deployment: Mapping[str, Any], done: str, *, as_json: bool
) -> None:
    """Follow a change that is no deploy, and say `done` at its end."""
    ended = see_through(client, deployment)
    if as_json:
        write_json(ended)
    else:
        write(done)


def environment_of(deployment: Mapping[str, Any]) -> str:
    """The environment as people write it: `polls`, `polls@test`."""
    app, environment = str(deployment.get("app") or ""), str(deployment.get("environment") or "")
    return app if environment in ("", "live") else f"{app}@{environment}"


def _failure(client: Client, ended: Deployment, step: str) -> NuagesError:
    problem = ended.get("error")
    if ended.get("status") == "replaced" and not problem:
        return NuagesError(REPLACED, f"A newer change of {environment_of(ended)} replaced this one")
    error = (
        problem_error(problem, 0)
        if isinstance(problem, dict)
        else NuagesError(DEPLOYMENT_FAILED, f"The {ended.get('kind')} failed")
    )
    serving = _still_serving(client, environment_of(ended))
    where = f"Step '{step}' failed. " if step else ""
    say(f"{where}{serving}")
    return error


def _still_serving(client: Client, name: str) -> str:
    """What visitors see after a failure, as far as the platform can be asked."""
    try:
        now = client.app(name)
    except NuagesError as error:
        if error.exit_code != EXIT_CONFLICT:
            return f"What {name} serves is not known: the platform cannot be asked (nuages status)."
        now = {}
    if not now.get("release"):
        return "Nothing is serving: this would have been the first release."
    return f"Release v{now['release']} is still serving at {now.get('url')}."
