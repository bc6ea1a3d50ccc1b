"""A rule about what a deploy.toml asks for and nothing comes of: it is said."""

from __future__ import annotations

from collections.abc import Collection

from nuages.core.config import DeployConfig
from nuages.inspect.declared.sources import WITHOUT_EFFECT
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said

# attribute of DeployConfig -> its place in the file; docs/reference lists them
PLACES = {
    "migrations": "database.migrations",
    "sanitise": "database.sanitise",
    "storage": "limits.storage",
    "jobs": "jobs",
}


def check_scale(said: Said, names: Collection[str], remarks: Remarks) -> None:
    """Say which process types have a number of instances and are not there; `names` are those that
    are."""
    for name in said.config.scale:
        if name not in names:
            message = f"[scale] {name} has no effect: there is no such process"
            fix = f"Correct the name; there are: {', '.join(sorted(names))}"
            remarks.say(WITHOUT_EFFECT, message, said.file, said.line(f"scale.{name}"), fix)


def check_without_effect(said: Said, remarks: Remarks) -> None:
    """Say which keys are read and have no effect yet."""
    defaults = DeployConfig()
    for attribute, place in PLACES.items():
        if getattr(said.config, attribute) == getattr(defaults, attribute):
            continue
        section, _, key = place.partition(".")
        words = f"[{section}] {key}".rstrip()
        message = f"{words} has no effect yet"
        remarks.say(WITHOUT_EFFECT, message, said.file, said.line(place))
    if said.config.dockerfile:
        message = "[build] dockerfile: nuages build uses it, and a deployment does not yet"
        fix = "Take the line out to deploy the project; it needs no Dockerfile"
        remarks.say(WITHOUT_EFFECT, message, said.file, said.line("build.dockerfile"), fix)
    engine = said.config.engine
    if engine not in ("", "sqlite"):
        message = f"[database] engine: a {engine} database is not made yet"
        fix = "Run one elsewhere, and say where: nuages config APP set DATABASE_URL=URL"
        line = said.line("database.engine")
        remarks.say(WITHOUT_EFFECT, message, said.file, line, fix)
