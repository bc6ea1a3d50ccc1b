"""Facts become a build plan: which Python, which packages, how the image is to be run. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from nuages.build.variables.fills import defaults, own_names
from nuages.build.versions.extra import extra_packages, is_spatial
from nuages.build.versions.requests import other_requests, python_requests
from nuages.build.versions.servers import server_class
from nuages.core.config import DeployConfig
from nuages.core.facts import Dependencies, Facts
from nuages.core.image import Blueprint
from nuages.core.source import Source


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that decides an image besides the source's own bytes.

    `pythons` are version requests, the wanted one first, and `others` those to try where none of
    them can be met; `extra` the distributions added to the project's own; `input` the digest of
    the dependency input; `project` the folder of the project below the source; `variables` the
    plain config vars that the build may see; `unneeded` distributions that the app can do
    without, where they cannot be compiled.
    """

    dependencies: Dependencies
    pythons: tuple[str, ...]
    extra: tuple[str, ...]
    input: str
    project: str
    blueprint: Blueprint
    variables: tuple[tuple[str, str], ...] = ()
    unneeded: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def plan_build(
    source: Source,
    facts: Facts,
    config: DeployConfig,
    variables: Mapping[str, str],
    *,
    overlay: bool,
) -> BuildPlan:
    """Decide a build. `variables` are the config vars that are not hidden."""
    dependencies = facts.dependencies.value
    pythons = python_requests(facts)
    interface, spatial = facts.interface.value, is_spatial(facts)
    extra = extra_packages(dependencies, interface, pythons[0], spatial=spatial)
    return BuildPlan(
        dependencies=dependencies,
        pythons=pythons,
        extra=extra,
        input=_dependency_digest(source, dependencies, extra),
        project=facts.root.value,
        blueprint=_blueprint(source, facts, config, overlay=overlay),
        variables=tuple(sorted(variables.items())),
        others=other_requests(facts),
    )


def _dependency_digest(source: Source, dependencies: Dependencies, extra: tuple[str, ...]) -> str:
    """A digest of everything that decides the packages, without reading a file again."""
    hashes = {file.path: file.sha256 for file in source.files}
    document = {
        "kind": dependencies.kind,
        "files": [(path, hashes.get(path, "")) for path in dependencies.files],
        "root": dependencies.root,
        "names": sorted(dependencies.names),
        "extra": extra,
        "tree": source.digest if dependencies.local or dependencies.library else "",
    }
    if dependencies.as_of:
        document["as of"] = dependencies.as_of
    if dependencies.lines:
        document["lines"] = dependencies.lines
    if dependencies.constraints or dependencies.options:
        document["around"] = (dependencies.constraints, dependencies.options)
    if dependencies.library:
        document["library"] = dependencies.library
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _blueprint(source: Source, facts: Facts, config: DeployConfig, *, overlay: bool) -> Blueprint:
    hashes = {file.path: file.sha256 for file in source.files}
    migrations = [(path, hashes.get(path, "")) for path in facts.migrations]
    helped = facts.variables if overlay and config.overlay else ()
    return Blueprint(
        settings=facts.settings.value,
        configuration=facts.configuration.value,
        spatial=is_spatial(facts),
        interface=facts.interface.value,
        application=facts.application.value,
        processes=tuple((p.value.name, p.value.command) for p in facts.processes),
        brokers=tuple((p.value.name, p.value.brokers) for p in facts.processes if p.value.brokers),
        release_commands=tuple(command.value for command in facts.release_commands),
        health_path=config.health_path,
        health_timeout=float(config.health_timeout),
        scale=tuple(sorted(config.scale.items())),
        memory=config.memory,
        cpu=config.cpu,
        reads=tuple(sorted({variable.name for variable in facts.variables})),
        feeds=tuple(sorted({(v.name, v.setting) for v in facts.variables if v.setting})),
        fills=tuple(sorted(set(own_names(helped, config.keep)))),
        defaults=tuple(sorted(set(defaults(helped, config.keep, source.revision)))),
        overlay=overlay and config.overlay,
        keep=tuple(config.keep),
        paths=tuple(path.value for path in facts.paths),
        folders=tuple(folder.value.path for folder in facts.folders),
        commit=facts.commit.value,
        server=server_class(facts.interface.value, facts.dependencies.value.names),
        migrations=hashlib.sha256(json.dumps(migrations).encode()).hexdigest(),
    )
