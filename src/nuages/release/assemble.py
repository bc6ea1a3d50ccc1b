"""Image + config vars + process types = a release: every variable and every argument vector
that its instances get. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from nuages.core.command_line import needs_shell, split_command
from nuages.core.errors import NuagesError
from nuages.core.image import Blueprint, Image
from nuages.core.own_commands import is_own_collectstatic, is_own_migrate, without_runner
from nuages.core.process import Kind, Limits, ProcessSpec
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.release.errors import BAD_COMMAND

# Heroku's and the Niblit document's port: the same inside every sandbox and container.
PORT = 8080
SQLITE_URL = "sqlite:////data/db.sqlite3"
# The same file as GeoDjango opens it.
SPATIAL_URL = "spatialite:////data/db.sqlite3"
# No URL of a database in memory is understood by all that read one, urllib among them; the probe's
# /tmp is its own, and nothing connects.
_PROBE_URLS = {False: "sqlite:////tmp/probe.sqlite3", True: "spatialite:////tmp/probe.sqlite3"}
STATIC_ROOT = "/static"
PYTHON = "/venv/bin/python"
RESERVED = ("PORT",)
RESERVED_PREFIXES = ("NUAGES_", "LISTEN_")
_SCHEDULERS = ("beat", "scheduler", "clock")
_PATHS = ("PATH", "PYTHONPATH")
_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class OverlayDocument:
    """NUAGES_OVERLAY: what the runtime inside the app is told.

    `reads` are the variables that the settings read and the user has set, so that what they
    say is left alone, and `feeds` pairs of one of these and a setting that it goes into;
    `phase` is `build` or `run`; `project` the project's folder inside.
    """

    settings: str
    project: str
    hosts: tuple[str, ...]
    phase: str
    enabled: bool = True
    keep: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    scheme: str = "http"
    debug: bool = False
    reads: tuple[str, ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    static_root: str = STATIC_ROOT

    def to_json(self) -> str:
        """The document as the variable's text."""
        return json.dumps(asdict(self), sort_keys=True)


def is_reserved(name: str) -> bool:
    """Whether a variable is the platform's own, so that a config var cannot take its name."""
    return name in RESERVED or name.startswith(RESERVED_PREFIXES)


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
    plain = _with_config(
        {name: value.reveal() for name, value in env.items()},
        {name: value.reveal() for name, value in state.config.items()},
        blueprint,
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
    overlay = OverlayDocument(
        blueprint.settings,
        _folder(project),
        ("localhost",),
        "build",
        enabled=blueprint.overlay,
        keep=blueprint.keep,
    )
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
        "NUAGES_OVERLAY": overlay.to_json(),
        **_python_variables(project, blueprint.paths),
    }
    return _with_config(own, variables, blueprint)


def _own_variables(state: AppState, image: Image, version: int) -> dict[str, str]:
    blueprint, hosts = image.blueprint, state.hosts
    port = "" if state.port == (443 if state.scheme == "https" else 80) else f":{state.port}"
    readiness = {"host": f"{hosts[0]}{port}", "scheme": state.scheme, "path": blueprint.health_path}
    debug = state.config.get("DJANGO_DEBUG")
    overlay = OverlayDocument(
        blueprint.settings,
        _folder(image.project),
        hosts,
        "run",
        enabled=blueprint.overlay,
        keep=blueprint.keep,
        origins=tuple(f"{state.scheme}://{host}{port}" for host in hosts),
        scheme=state.scheme,
        debug=debug is not None and debug.reveal().strip().lower() in _TRUE,
        reads=tuple(sorted(set(blueprint.reads) & set(state.config))),
        feeds=tuple(pair for pair in blueprint.feeds if pair[0] in state.config),
    )
    return {
        "PORT": str(PORT),
        **_settings(blueprint),
        "DATABASE_URL": SPATIAL_URL if blueprint.spatial else SQLITE_URL,
        "ALLOWED_HOSTS": ",".join(hosts),
        "DOMAIN": hosts[0],
        "NUAGES_URL": f"{state.scheme}://{hosts[0]}{port}",
        "DOMAIN_ALIASES": ",".join(hosts[1:]),
        "DOMAIN_REDIRECTS": "",
        "SECURE_SSL_REDIRECT": "True" if state.scheme == "https" else "False",
        "DJANGO_DEBUG": "False",
        "NUAGES_APP": state.environment.app,
        "NUAGES_ENVIRONMENT": state.environment.environment,
        "NUAGES_RELEASE": f"v{version}",
        "NUAGES_READINESS": json.dumps(readiness),
        "NUAGES_OVERLAY": overlay.to_json(),
        "PYTHON_VERSION": image.python_version,
        **_python_variables(image.project, blueprint.paths),
    }


def _settings(blueprint: Blueprint) -> dict[str, str]:
    """What Django, and django-configurations where it is used, load."""
    if not blueprint.settings:
        # A project of one file, which configures Django when it is imported.
        return {"NUAGES_CONFIGURED_BY": blueprint.application.partition(":")[0]}
    own = {"DJANGO_SETTINGS_MODULE": blueprint.settings}
    if blueprint.configuration:
        own["DJANGO_CONFIGURATION"] = blueprint.configuration
    return own


def _with_config(
    own: Mapping[str, str], config: Mapping[str, str], blueprint: Blueprint
) -> dict[str, str]:
    """The platform's variables and the config vars, which win but for the reserved ones. Under
    them lie other names for some of them, and defaults of groups of which none is set. A search
    path begins with the platform's folders: without them nothing of the app is found."""
    paths = {name: f"{own[name]}:{config[name]}" for name in _PATHS if config.get(name)}
    made = {**own, **{k: v for k, v in config.items() if not is_reserved(k)}, **paths}
    unset = (group for group in blueprint.defaults if not any(name in config for name, _ in group))
    under = {name: value for group in unset for name, value in group}
    if "DJANGO_DEBUG" in under and "DJANGO_DEBUG" not in config:
        # The project reads it in a way of its own.
        made["DJANGO_DEBUG"] = under["DJANGO_DEBUG"]
    under.update((name, made[of]) for name, of in blueprint.fills)
    return {**{name: value for name, value in under.items() if not is_reserved(name)}, **made}


def _python_variables(project: str, paths: tuple[str, ...]) -> dict[str, str]:
    searched = [_folder(each) for each in (project, *paths)]
    return {
        "PATH": "/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": ":".join((*searched, "/nuages")),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/venv",
        "HOME": "/home/app",
        "LANG": "C.UTF-8",
    }


def _folder(project: str) -> str:
    return "/app" if project in ("", ".") else f"/app/{project}"


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
    shell = needs_shell(command)
    if shell:
        raise NuagesError(BAD_COMMAND, f"'{command}' needs a shell for '{shell}'")
    try:
        argv = split_command(command, variables)
    except ValueError as error:
        raise NuagesError(BAD_COMMAND, f"'{command}': {error}") from None
    if not argv:
        raise NuagesError(BAD_COMMAND, "A command is empty")
    return without_runner(argv)


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
