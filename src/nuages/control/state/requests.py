"""What people ask for becomes a waiting deployment: names checked, conflicts refused."""

from __future__ import annotations

import secrets as random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from nuages.control import bells
from nuages.control.disk import require_room
from nuages.control.errors import NAME_TAKEN, OTHER_SOURCE, REPLACED
from nuages.control.state.actor import ACTOR
from nuages.control.state.models import App, Deployment, Environment, Event, Kind, Status
from nuages.control.state.platform import load_platform
from nuages.control.state.problems import to_problem
from nuages.control.state.uploads import discard_upload
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.route.domains import default_host

# 38 bytes are 51 characters of URL-safe base64; a SECRET_KEY has 50 of them.
_KEY_BYTES, _KEY_LENGTH = 38, 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What a deployment is asked to do: plain values, and the secrets among them apart."""

    kind: Kind
    request: Mapping[str, object] = field(default_factory=dict)
    secrets: Secret = field(default_factory=lambda: Secret("{}"))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a source is to go; `chosen` says that the user named the app. `source` is where it
    comes from: `folder:/srv/polls`, `archive:/srv/polls.zip`, `archive:` where nobody said."""

    name: EnvironmentName
    source: str
    chosen: bool

    @property
    def is_known(self) -> bool:
        """Whether the source can be compared with another one."""
        return not self.source.endswith(":")


def ensure_environment(target: Target) -> Environment:
    """The environment to deploy to, made if it is new.

    Raises control.E003 where another source owns the app and the user did not name it,
    control.E004 where another environment has the same host label, route.E003 for a label of
    the platform's own.
    """
    # Some labels are the platform's own.
    default_host(target.name, load_platform().base_domain)
    app, _ = App.objects.get_or_create(name=target.name.app)
    if not target.chosen:
        # A source owns the app once it is live, and claims it until then.
        claims = {app.source, *_claims(app)} - {""}
        if claims - {target.source} or (claims and not target.is_known):
            raise _other_source(app, target)
    return _ensure_place(app, target.name)


def ask(environment: Environment, wish: Wish) -> Deployment:
    """Queue a deployment. A deploy takes the place of one that still waits.

    Raises control.E020 where the disk is full; removing things is possible all the same.
    """
    if wish.kind != Kind.DESTROY:
        require_room(settings.NUAGES_HOME)
    deployment = Deployment.objects.create(
        environment=environment,
        app=environment.app.name,
        place=environment.name,
        kind=wish.kind,
        request=dict(wish.request),
        secrets=wish.secrets,
    )
    if wish.kind == Kind.DEPLOY:
        _replace_older(deployment)
    Event.objects.create(
        environment=environment,
        deployment=deployment,
        kind="deployment.requested",
        actor=ACTOR.get(),
        message=f"{Kind(wish.kind).label} of {environment.identity}",
    )
    transaction.on_commit(bells.TO_WORKER.ring)
    return deployment


def cancel(deployments: Iterable[Deployment]) -> None:
    """Have the worker end these deployments; it does so at once with what waits for a command,
    else at the next step. Within a transaction."""
    for deployment in deployments:
        deployment.request = {**deployment.request, "cancelled": True}
        deployment.save(update_fields=["request"])
        Event.objects.create(
            environment=deployment.environment,
            deployment=deployment,
            kind="deployment.cancelling",
            actor=ACTOR.get(),
            message=f"{deployment.get_kind_display()} of {deployment.identity} is to end",
        )
    transaction.on_commit(bells.TO_WORKER.ring)


def under_way(environment: Environment) -> QuerySet[Deployment]:
    """What of the environment runs or waits."""
    return environment.deployments.filter(status__in=(Status.WAITING, Status.RUNNING))


def new_secret_key() -> Secret:
    """A SECRET_KEY: 50 URL-safe characters."""
    return Secret(random.token_urlsafe(_KEY_BYTES)[:_KEY_LENGTH])


def _claims(app: App) -> list[str]:
    """The sources of the deploys that run or wait."""
    rows = Deployment.objects.filter(
        environment__app=app,
        kind=Kind.DEPLOY,
        status__in=(Status.WAITING, Status.RUNNING),
    )
    return [str(row.request.get("source") or "") for row in rows]


def _ensure_place(app: App, name: EnvironmentName) -> Environment:
    found = app.environments.filter(name=name.environment).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Environment.objects.create(
                app=app, name=name.environment, label=name.label, secret_key=new_secret_key()
            )
    except IntegrityError:
        other = Environment.objects.select_related("app").get(label=name.label)
        raise NuagesError(
            NAME_TAKEN, f"'{name}' would answer at '{name.label}', as '{other}' does"
        ) from None


def _replace_older(newest: Deployment) -> None:
    older = Deployment.objects.filter(
        environment=newest.environment,
        kind=Kind.DEPLOY,
        status=Status.WAITING,
        pk__lt=newest.pk,
    )
    error = to_problem(
        NuagesError(REPLACED, f"Deployment {newest.pk} of {newest.identity} took its place")
    )
    archives = [row.request.get("archive") for row in older]
    count = older.update(
        status=Status.REPLACED,
        error=error,
        ended=timezone.now(),
        request={},
        secrets=Secret("{}"),
    )
    if count:
        transaction.on_commit(bells.TO_API.ring)
    for archive in filter(None, archives):
        transaction.on_commit(partial(discard_upload, archive))


def _other_source(app: App, target: Target) -> NuagesError:
    made = f"from {app.source.rstrip(':')}" if app.source else "from a source that is deployed now"
    here = target.source if target.is_known else f"an {target.source[:-1]} that nobody can place"
    return NuagesError(
        OTHER_SOURCE,
        f"'{app}' was made {made}, not from {here}",
        hint=f"To replace it: --app {app}. To make another app: --app {app}-2",
    )
