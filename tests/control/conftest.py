"""What the control plane's tests share: Django on fakes, the cast, an environment to begin with."""

# ruff: noqa: E402 - models can be imported once Django is set up
from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.control.settings"

import django

django.setup()
# Set for this process alone: platforms that other tests start must not inherit it.
for name in ("DJANGO_SETTINGS_MODULE", "NUAGES_HOME"):
    del os.environ[name]

import pytest
from django.conf import settings
from django.test import AsyncClient, Client

from nuages.control import bells
from nuages.control.state.models import Deployment, Environment, Image, Release
from nuages.control.state.requests import Target, ensure_environment
from nuages.control.state.sealed import pack
from nuages.control.worker.claims import claim, own_name
from nuages.control.worker.job import Tools
from nuages.control.worker.perform import perform
from nuages.core.app import EnvironmentName
from nuages.core.secret import Secret
from tests.control.fakes import FakeFlows, make_engine, make_parts


class SocketClient(AsyncClient):
    """An asynchronous client without a network address."""

    def _base_scope(self, **request):
        return super()._base_scope(**request) | {"client": None}


@pytest.fixture
def owner() -> Client:
    """The user who started the platform: a client at the other end of the unix socket."""
    return Client(REMOTE_ADDR="")


@pytest.fixture
def stranger() -> Client:
    """Somebody with a network address."""
    return Client(REMOTE_ADDR="127.0.0.1")


@pytest.fixture
def async_owner() -> AsyncClient:
    """The same user, for answers that are streamed."""
    return SocketClient()


@pytest.fixture
def engine():
    """The fake engine, with nothing running; the bells are silent."""
    fake = make_engine(settings.NUAGES_HOME)
    fake.forget()
    bells.TO_API.hush()
    bells.TO_WORKER.hush()
    yield fake
    fake.forget()


@pytest.fixture
def flows(engine) -> FakeFlows:
    """The fake flows, which do what they are told."""
    return FakeFlows()


@pytest.fixture
def tools(flows) -> Tools:
    """What a worker works with."""
    return Tools(make_parts(settings.NUAGES_HOME), flows)


@pytest.fixture
def work(tools):
    """Does every waiting deployment, as the worker would, one after the other."""

    def run() -> list[Deployment]:
        done = []
        while deployment := claim(own_name()):
            perform(deployment, tools)
            deployment.refresh_from_db()
            done.append(deployment)
        return done

    return run


@pytest.fixture
def make_environment(engine):
    """Makes an environment, with a release that has the traffic if a version is given."""

    def make(name: str = "polls", version: int | None = None, **config: str) -> Environment:
        parsed = EnvironmentName.parse(name)
        target = Target(parsed, f"folder:/srv/{parsed.app}", chosen=True)
        environment = ensure_environment(target)
        environment.app.source = target.source if version else ""
        environment.app.save()
        for key, value in config.items():
            environment.config.create(name=key, value=Secret(value))
        for number in range(1, (version or 0) + 1):
            add_release(environment, number, config)
        if version:
            engine.give_traffic(environment.identity, version)
        return environment

    return make


def add_release(environment: Environment, version: int, config: dict[str, str]) -> Release:
    """A release that has had the traffic, and has it now."""
    image, _ = Image.objects.get_or_create(digest=f"sha256:{environment.label}{version}")
    release = Release.objects.create(
        environment=environment,
        version=version,
        image=image,
        processes=[{"name": "web", "command": ""}],
        config=pack(config),
        reason="deploy",
    )
    release.switched = release.created
    release.save(update_fields=["switched"])
    environment.current = release
    environment.save(update_fields=["current"])
    return release
