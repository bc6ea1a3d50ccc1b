"""Every decision about a project with its value, its reason and its place; needs no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.build.versions.extra import extra_packages, is_spatial
from nuages.build.versions.requests import python_requests
from nuages.core.config import DeployConfig
from nuages.core.facts import Dependencies, Fact, Facts, Folder, FrontEnd
from nuages.core.own_commands import is_own_collectstatic, is_own_migrate
from nuages.pipeline.check import CheckResult, check_project


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a plan. `origin` is flag, environment, deploy.toml, Procfile, found or
    default: the order in which words win."""

    what: str
    value: str
    origin: str
    reason: str
    file: str = ""
    line: int = 0


def plan_project(path: Path, root: str | None, strict: bool, scratch: Path) -> list[Decision]:
    """The decisions about the folder or zip at `path`; see `check_project`."""
    return decisions(check_project(path, root, strict, scratch))


def decisions(checked: CheckResult) -> list[Decision]:
    """The decisions that follow from a check."""
    facts = checked.facts
    if not facts.root.value:
        return []
    return [
        *_shape(facts),
        *_packages(facts),
        *_base(checked.config),
        *_processes(facts, checked.config),
        *_surroundings(facts, checked.config),
        *_variables(facts, checked.config),
    ]


def _shape(facts: Facts) -> Iterator[Decision]:
    yield _decision("project folder", facts.root)
    yield _decision("manage.py", facts.manage, facts.manage.value or "none")
    for path in facts.paths:
        yield _decision("search path", path)
    yield _decision("settings", facts.settings)
    if facts.configuration.value:
        yield _decision("settings class", facts.configuration)
    yield _decision("interface", facts.interface)
    yield _decision("application", facts.application, facts.application.value or "Django's own")


def _packages(facts: Facts) -> Iterator[Decision]:
    wanted = python_requests(facts)[0]
    value: Dependencies = facts.dependencies.value
    if wanted == facts.python.value or facts.python.origin != "default":
        yield _decision("python", facts.python, wanted)
    else:
        django = dict(value.pins).get("django", "") or value.django
        yield Decision("python", wanted, "found", f"what Django {django} supports")
    shown = f"{value.kind} ({', '.join(value.files)})" if value.files else "Django alone"
    yield _decision("packages", facts.dependencies, shown)
    interface, spatial = facts.interface.value, is_spatial(facts)
    for line in extra_packages(value, interface, wanted, spatial=spatial):
        name = line.partition(";")[0]
        reason = "the app or its files are served with it, and the project does not declare it"
        if name.startswith("setuptools"):
            reason = f"every environment with Python {wanted} used to have it"
        elif name.startswith("pysqlite3"):
            reason = "GeoDjango loads an extension of SQLite"
        yield Decision("added package", name, "default", reason)
    for package in facts.system_packages:
        yield _decision("system package", package, package.value.name)


def _base(config: DeployConfig) -> Iterator[Decision]:
    if config.base:
        yield Decision("base", config.base, "deploy.toml", "[build] base", "deploy.toml")


def _processes(facts: Facts, config: DeployConfig) -> Iterator[Decision]:
    names = {process.value.name for process in facts.processes}
    if "web" not in names:
        served = facts.application.value or f"the {facts.interface.value.upper()} application"
        reason = f"no web process is named; the platform's own server serves {served}"
        yield Decision("process web", "the platform's server", "default", reason)
    for process in facts.processes:
        yield _decision(f"process {process.value.name}", process, process.value.command)
    for name, count in config.scale.items():
        yield Decision(f"scale {name}", str(count), "deploy.toml", "[scale]", "deploy.toml")
    if not facts.release_commands:
        yield Decision("release command", "migrate", "default", "pending migrations run once")
    for command in facts.release_commands:
        yield _decision("release command", command, _own(command.value))


def _surroundings(facts: Facts, config: DeployConfig) -> Iterator[Decision]:
    yield _decision("database", facts.database)
    yield _decision("health path", facts.health_path)
    static = facts.static_root or "a folder of the platform's"
    reason = "STATIC_ROOT" if facts.static_root else "STATIC_ROOT is not set"
    yield Decision("static files", static, "found" if facts.static_root else "default", reason)
    yield from _front_ends(facts)
    for folder in facts.folders:
        value: Folder = folder.value
        words = f"kept in {value.place}" if value.place else "made"
        yield _decision(f"folder {value.path}", folder, words)
    if facts.commit.value:
        yield _decision("commit", facts.commit)
    overlay = "on" if config.overlay else "off"
    origin = "default" if config.overlay else "deploy.toml"
    reason = "makes the settings fit their surroundings" if config.overlay else "[settings] overlay"
    yield Decision("overlay", overlay, origin, reason)


def _variables(facts: Facts, config: DeployConfig) -> Iterator[Decision]:
    if not any(each.required and each.default is None for each in facts.variables):
        return
    # Loaded here: a check of a project without one is to start at once.
    from nuages.pipeline.needed import needed_variables  # noqa: PLC0415

    for each in needed_variables(facts, config):
        reason = "the settings read it without a default, and only a config var gives it"
        yield Decision("variable to set", each.name, "found", reason, each.file, each.line)


def _front_ends(facts: Facts) -> Iterator[Decision]:
    if not facts.front_ends:
        return
    # Loaded here: a check of a project without one is to start at once.
    from nuages.build.frontend.plan import describe_build  # noqa: PLC0415
    from nuages.core.node import choose_node  # noqa: PLC0415

    for front_end in facts.front_ends:
        value: FrontEnd = front_end.value
        built = value.need != "nothing"
        words = describe_build(value) if built else "not built"
        yield _decision(f"front end {value.folder}", front_end, words)
        if built:
            yield _decision("node", value.node, choose_node(value.node.value)[0])


def _own(command: str) -> str:
    """A release command, marked where the platform does the same by itself."""
    words = command.split()
    if is_own_migrate(words) or is_own_collectstatic(words):
        return f"{command} (the platform's own step)"
    return command


def _decision(what: str, fact: Fact[Any], value: str | None = None) -> Decision:
    shown = str(fact.value) if value is None else value
    return Decision(what, shown, fact.origin, fact.reason, fact.file, fact.line)
