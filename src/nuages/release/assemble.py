"""Image + config vars + process types = a release: every variable and every argument vector
that its instances get. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from nuages.core.errors import NuagesError
from nuages.core.image import Blueprint, Image
from nuages.core.own_commands import is_own_collectstatic, is_own_migrate
from nuages.core.process import Kind, Limits, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.release.errors import BAD_COMMAND
from nuages_runtime.given.commands import argument_vector
from nuages_runtime.given.surroundings import (
    PORT,
    PYTHON,
    address_variables,
    database_url,
    is_reserved,
    overlay_text,
    python_variables,
    settings_variables,
    statsd_variables,
    with_config,
)

__all__ = ["PYTHON", "assemble", "is_reserved", "probe_variables"]

# No URL of a database in memory is understood by all that read one, urllib among them; the probe's
# /tmp is its own, and nothing connects.
_PROBE_URLS = {False: "sqlite:////tmp/probe.sqlite3", True: "spatialite:////tmp/probe.sqlite3"}
_SCHEDULERS = ("beat", "scheduler", "clock")


def assemble(
    state: AppState, image: Image, version: int, workers: tuple[int, int], *, migrate: bool
) -> Release:
    """The release of `image` in the surroundings of `state`; `workers` are processes and
    threads of one web instance. Raises release.E001."""
    blueprint = image.blueprint
    env = {name: Secret(value) for name, value in _own_variables(state, image, version).items()}
    env["SECRET_KEY"] = state.secret_key
    env["WEB_CONCURRENCY"] = Secret(str(workers[0]))
    env["NUAGES_THREADS"] = Secret(str(workers[1]))
    env["NUAGES_MOST_WORKERS"] = Secret(str(state.limits.most_workers))
    plain = with_config(
        {name: value.reveal() for name, value in env.items()},
        {name: value.reveal() for name, value in state.config.items()},
        blueprint.fills,
        blueprint.defaults,
    )
    return Release(
        environment=state.environment,
        version=version,
        image=image,
        env={name: Secret(value) for name, value in plain.items()},
        processes=_processes(blueprint, state.scale, plain, state.config.keys()),
        hosts=state.hosts,
        scheme=state.scheme,
        limits=_limits(blueprint, state.limits),
        health_path=blueprint.health_path,
        health_timeout=blueprint.health_timeout,
        release_commands=_commands(blueprint, plain),
        migrate=migrate,
        peers=state.peers,
    )


def probe_variables(
    project: str, blueprint: Blueprint, variables: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the probe: nothing secret, no database but an empty one."""
    own = {
        "PORT": str(PORT),
        **_settings(blueprint),
        "SECRET_KEY": "build-" + "0" * 44,
        "DATABASE_URL": _PROBE_URLS[blueprint.spatial],
        "ALLOWED_HOSTS": "localhost",
        "DOMAIN": "localhost",
        "NUAGES_URL": "http://localhost",
        "DJANGO_DEBUG": "False",
        "SECURE_SSL_REDIRECT": "False",
        "NUAGES_OVERLAY": overlay_text(
            _said(blueprint, project, reads=False), {}, (("localhost",), "http", ""), "build"
        ),
        **python_variables(project, blueprint.paths),
    }
    return with_config(own, variables, blueprint.fills, blueprint.defaults)


def _said(blueprint: Blueprint, project: str, *, reads: bool = True) -> dict[str, object]:
    """What an image says to the overlay."""
    said: dict[str, object] = {
        "settings": blueprint.settings,
        "project": project,
        "enabled": blueprint.overlay,
        "keep": blueprint.keep,
    }
    return {**said, "reads": blueprint.reads, "feeds": blueprint.feeds} if reads else said


def _own_variables(state: AppState, image: Image, version: int) -> dict[str, str]:
    blueprint, hosts = image.blueprint, state.hosts
    port = "" if state.port == (443 if state.scheme == "https" else 80) else f":{state.port}"
    readiness = {"host": f"{hosts[0]}{port}", "scheme": state.scheme, "path": blueprint.health_path}
    config = {name: value.reveal() for name, value in state.config.items()}
    return {
        "PORT": str(PORT),
        **_settings(blueprint),
        "DATABASE_URL": database_url(blueprint.spatial),
        **address_variables(hosts, state.scheme, port),
        "DJANGO_DEBUG": "False",
        **statsd_variables(),
        "NUAGES_APP": state.environment.app,
        "NUAGES_ENVIRONMENT": state.environment.environment,
        "NUAGES_RELEASE": f"v{version}",
        "NUAGES_READINESS": json.dumps(readiness),
        "NUAGES_OVERLAY": overlay_text(
            _said(blueprint, image.project), config, (hosts, state.scheme, port)
        ),
        "PYTHON_VERSION": image.python_version,
        **python_variables(image.project, blueprint.paths),
    }


def _settings(blueprint: Blueprint) -> dict[str, str]:
    return settings_variables(blueprint.settings, blueprint.configuration, blueprint.application)


def _processes(
    blueprint: Blueprint,
    scale: Mapping[str, int],
    variables: Mapping[str, str],
    given: Collection[str],
) -> tuple[ProcessSpec, ...]:
    commands = dict(blueprint.processes)
    commands.pop("release", None)
    commands.setdefault("web", "")
    # Counts of process types that this image has not stay for one that has them again.
    made_up = {name for group in blueprint.defaults for name, _ in group if name not in given}
    known = {name for name, value in variables.items() if value and name not in made_up}
    waiting = {name for name, brokers in blueprint.brokers if known.isdisjoint(brokers)}
    usual = {name: 0 if name in waiting else 1 for name in commands}
    counts = {**usual, **dict(blueprint.scale), **scale}
    return tuple(
        _process(name, command, counts[name], blueprint, variables)
        for name, command in sorted(commands.items(), key=lambda item: item[0] != "web")
    )


def _process(
    name: str, command: str, count: int, blueprint: Blueprint, variables: Mapping[str, str]
) -> ProcessSpec:
    if name == "web":
        serve = (PYTHON, "-m", "nuages_runtime.serve")
        if command:
            argv = (*serve, "command", "--", *_split(command, variables))
        else:
            target = (blueprint.application,) if blueprint.application else ()
            argv = (*serve, blueprint.interface, *target)
        return ProcessSpec("web", argv, Kind.WEB, count)
    kind = Kind.SCHEDULER if name in _SCHEDULERS else Kind.WORKER
    most = 1 if kind is Kind.SCHEDULER else count
    return ProcessSpec(name, _split(command, variables), kind, min(count, most))


def _split(command: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return argument_vector(command, variables)
    except ValueError as error:
        raise NuagesError(BAD_COMMAND, str(error)) from None


def _commands(blueprint: Blueprint, variables: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """The project's own release commands, less those that the platform runs anyway."""
    split = [_split(command, variables) for command in blueprint.release_commands]
    return tuple(a for a in split if not (is_own_migrate(a) or is_own_collectstatic(a)))


def _limits(blueprint: Blueprint, size: Limits) -> Limits:
    """The project's own limits where they are tighter than the app's size."""
    return Limits(
        memory=min(blueprint.memory or size.memory, size.memory),
        cpu=min(blueprint.cpu or size.cpu, size.cpu),
        pids=size.pids,
    )
