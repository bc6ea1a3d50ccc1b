"""Facts become a build plan: which Python, which packages, how the image is to be run. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nuages.core.config import DeployConfig
from nuages.core.facts import Dependencies, Facts
from nuages.core.image import Blueprint
from nuages.core.source import Source

DEFAULT_PYTHON = "3.12"

# Django's FAQ, "What Python version can I use with Django?".
DJANGO_PYTHONS: Mapping[str, str] = {
    "1.11": ">=3.6,<3.8",
    "2.0": ">=3.6,<3.8",
    "2.1": ">=3.6,<3.8",
    "2.2": ">=3.6,<3.10",
    "3.0": ">=3.6,<3.10",
    "3.1": ">=3.6,<3.10",
    "3.2": ">=3.6,<3.11",
    "4.0": ">=3.8,<3.11",
    "4.1": ">=3.8,<3.12",
    "4.2": ">=3.8,<3.13",
    "5.0": ">=3.10,<3.13",
    "5.1": ">=3.10,<3.14",
    "5.2": ">=3.10,<3.15",
    "6.0": ">=3.12,<3.15",
}


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """Everything that decides an image besides the source's own bytes.

    `pythons` are version requests, the wanted one first; `extra` the distributions added to
    the project's own; `input` the digest of the dependency input; `project` the folder of the
    project below the source; `variables` the plain config vars that the build may see.
    """

    dependencies: Dependencies
    pythons: tuple[str, ...]
    extra: tuple[str, ...]
    input: str
    project: str
    blueprint: Blueprint
    variables: tuple[tuple[str, str], ...] = ()


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
    extra = extra_packages(dependencies, facts.interface.value)
    return BuildPlan(
        dependencies=dependencies,
        pythons=python_requests(facts),
        extra=extra,
        input=_dependency_digest(source, dependencies, extra),
        project=facts.root.value,
        blueprint=_blueprint(source, facts, config, overlay=overlay),
        variables=tuple(sorted(variables.items())),
    )


def extra_packages(dependencies: Dependencies, interface: str) -> tuple[str, ...]:
    """What the platform's server needs and the project does not bring; Django where there is
    no dependency file at all."""
    wanted = ["gunicorn"]
    if interface == "asgi":
        wanted += ["uvicorn", "websockets"]
    if dependencies.kind == "none":
        wanted.append("Django")
    return tuple(name for name in wanted if name.lower() not in dependencies.names)


def python_requests(facts: Facts) -> tuple[str, ...]:
    """Version requests in the order to try: the project's word; else 3.12, else the newest
    installed that its Django supports."""
    wanted = facts.python
    if wanted.origin != "default":
        return (wanted.value,)
    pins = dict(facts.dependencies.value.pins)
    series = ".".join(pins.get("django", "").split(".")[:2])
    supported = DJANGO_PYTHONS.get(series, ">=3.10")
    fits = _minor_fits(DEFAULT_PYTHON, supported)
    return (DEFAULT_PYTHON, supported) if fits else (supported,)


def _minor_fits(version: str, bounds: str) -> bool:
    minor = int(version.split(".")[1])
    low = re.search(r">=3\.(\d+)", bounds)
    high = re.search(r"<3\.(\d+)", bounds)
    return (low is None or minor >= int(low[1])) and (high is None or minor < int(high[1]))


def _dependency_digest(source: Source, dependencies: Dependencies, extra: tuple[str, ...]) -> str:
    """A digest of everything that decides the packages, without reading a file again."""
    hashes = {file.path: file.sha256 for file in source.files}
    document = {
        "kind": dependencies.kind,
        "files": [(path, hashes.get(path, "")) for path in dependencies.files],
        "root": dependencies.root,
        "names": sorted(dependencies.names),
        "extra": extra,
        "tree": source.digest if dependencies.local else "",
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _blueprint(source: Source, facts: Facts, config: DeployConfig, *, overlay: bool) -> Blueprint:
    hashes = {file.path: file.sha256 for file in source.files}
    migrations = [(path, hashes.get(path, "")) for path in facts.migrations]
    return Blueprint(
        settings=facts.settings.value,
        interface=facts.interface.value,
        application=facts.application.value,
        processes=tuple((p.value.name, p.value.command) for p in facts.processes),
        release_commands=tuple(command.value for command in facts.release_commands),
        health_path=facts.health_path.value,
        health_timeout=float(config.health_timeout),
        scale=tuple(sorted(config.scale.items())),
        memory=config.memory,
        cpu=config.cpu,
        reads=tuple(sorted({variable.name for variable in facts.variables})),
        overlay=overlay and config.overlay,
        keep=tuple(config.keep),
        migrations=hashlib.sha256(json.dumps(migrations).encode()).hexdigest(),
    )
