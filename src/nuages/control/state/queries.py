"""Rows become the values that pipelines and engines are handed, and the lists that people see."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from nuages.control.errors import UNKNOWN_APP
from nuages.control.state.config import ALWAYS_PLAIN, ConfigChange, changed_plain
from nuages.control.state.models import Deployment, Environment, Release
from nuages.control.state.platform import limits_of, load_platform
from nuages.control.state.redaction import Redactor
from nuages.control.state.sealed import unpack_secrets
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.state import AppState, ReleaseRecord
from nuages.route.domains import default_host

KEEP = 5


def check_key() -> None:
    """Open one thing that is sealed: a key that is not the one that sealed it is better found
    before anything is begun. Raises control.E015."""
    Environment.objects.values_list("secret_key", flat=True).first()


def environments() -> QuerySet[Environment]:
    """All environments with what their list shows, in one query."""
    rows = Environment.objects.select_related("app", "current__image")
    return rows.prefetch_related("domains").order_by("app__name", "name")


def find_environment(name: str) -> Environment:
    """The environment that `polls` or `polls@test` names.

    Raises control.E001 with the names that are close, core.E010 for what cannot be a name.
    """
    wanted = EnvironmentName.parse(name)
    row = environments().filter(app__name=wanted.app, name=wanted.environment).first()
    if row is None:
        raise _unknown(wanted)
    return row


def hosts_of(environment: Environment) -> tuple[str, ...]:
    """Its host names: the user's own in the order they were added, then the default one."""
    own = tuple(domain.name for domain in environment.domains.all() if domain.active)
    return (*own, own_host(environment))


def own_host(environment: Environment) -> str:
    """The host name that the platform gives it: `polls.localhost`."""
    return default_host(environment.identity, load_platform().base_domain)


def url_of(hosts: tuple[str, ...]) -> str:
    """The address of a site by its main host name."""
    return load_platform().url(hosts[0])


def start_of(environment: Environment) -> str:
    """The address at which its site begins; empty where no page of it is known."""
    start = environment.current.start if environment.current else ""
    return f"{url_of(hosts_of(environment))}{start}" if start else ""


def load_state(environment: Environment) -> AppState:
    """Everything that a pipeline has to know of an environment."""
    config = list(environment.config.all())
    platform = load_platform()
    return AppState(
        environment=environment.identity,
        secret_key=environment.secret_key,
        config={row.name: row.value for row in config},
        build_config=changed_plain(config, ConfigChange({})),
        hosts=hosts_of(environment),
        former_hosts=hosts_of(environment) if environment.current else (),
        port=platform.http_port,
        next_version=next_version(environment),
        scale={str(k): int(v) for k, v in environment.scale.items()},
        limits=limits_of(environment.size),
        current=to_record(environment.current) if environment.current else None,
        # Until there are stacks, all apps of the platform are one.
        peers=tuple(Environment.objects.order_by("label").values_list("label", flat=True)),
    )


def next_version(environment: Environment) -> int:
    """One more than any release so far, failed ones included: numbers are never used twice."""
    return (environment.releases.aggregate(last=Max("version"))["last"] or 0) + 1


def to_record(release: Release) -> ReleaseRecord:
    """What has to be known to run a release again."""
    return ReleaseRecord(release.version, release.image.digest, unpack_secrets(release.config))


def load_redactor(environment: Environment, deployment: Deployment | None = None) -> Redactor:
    """Takes out every value that the environment has, has in a release that is kept, or gets."""
    rows = environment.config.exclude(name__in=ALWAYS_PLAIN)
    plain = [row.value for row in rows if not row.hidden]
    known = set(plain)
    sealed = [*environment.releases.values_list("config", flat=True)]
    sealed += [deployment.secrets] if deployment else []
    values = {
        value
        for packed in sealed
        for name, value in unpack_secrets(packed).items()
        if name not in ALWAYS_PLAIN and value not in known
    }
    hidden = [row.value for row in rows if row.hidden]
    return Redactor([environment.secret_key, *hidden, *values], plain)


class ImagesInUse(Collection[str]):
    """The digests of all images that some release may want, read at the moment it is asked: of
    the releases that ever had the traffic, and of those that may get it now."""

    def __iter__(self) -> Iterator[str]:
        return iter(set(self._rows().values_list("image__digest", flat=True)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, digest: object) -> bool:
        return self._rows().filter(image__digest=digest).exists()

    @staticmethod
    def _rows() -> QuerySet[Release]:
        coming = Deployment.objects.filter(
            environment=OuterRef("environment"), version=OuterRef("version"), holds=True
        )
        return Release.objects.filter(Q(switched__isnull=False) | Exists(coming))


def _unknown(wanted: EnvironmentName) -> NuagesError:
    names = [str(row.identity) for row in Environment.objects.select_related("app")]
    close = difflib.get_close_matches(str(wanted), names, n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else None
    return NuagesError(UNKNOWN_APP, f"There is no app '{wanted}'", hint=hint)
