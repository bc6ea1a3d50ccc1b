"""A project becomes an image that other container engines run, with no platform: `nuages build`."""

from __future__ import annotations

import secrets

from nuages.build.store import ImageStore
from nuages.core.app import EnvironmentName
from nuages.core.event import Record, Step
from nuages.core.overrides import Overrides
from nuages.core.secret import Secret
from nuages.core.source import Source
from nuages.core.state import AppState
from nuages.inspect.inspection import inspect_project
from nuages.pipeline.build import build_image
from nuages.pipeline.built import BuiltProject, ProjectBuild, remember_built
from nuages.pipeline.explained import explained, source_context
from nuages.pipeline.refusal import refuse_errors
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts


def build_project(request: ProjectBuild, parts: Parts, record: Record) -> BuiltProject:
    """Inspect and build the source. Raises NuagesError; the events handed to `record` name the
    step."""
    steps, source, store = Steps(record, parts.clock), request.source, ImageStore(parts.home)
    state = _state(source)
    with steps.step(Step.INSPECT, "Reading the project"):
        for left in source.left_out:
            steps.say(f"Left out: {left.path} ({left.rule})", Step.INSPECT)
        project = inspect_project(source, Overrides(request.root or "", request.strict, {}))
        refuse_errors(project.findings)
        for finding in project.findings:
            steps.say(f"{finding.message} ({finding.code})", Step.INSPECT)
    with (
        explained(lambda: source_context(state, source, project.facts)),
        steps.step(Step.BUILD, "Building the image"),
    ):
        wanted = BuildRequest(
            state,
            source,
            project,
            request.overlay,
            request.install_packages,
            former=store.latest(source.identity),
            base=request.base,
        )
        built = build_image(wanted, parts, steps)
    store.keep_latest(source.identity, built.image.digest)
    made = BuiltProject(built.image, (*project.findings, *built.findings))
    remember_built(request, parts.home, made)
    return made


def _state(source: Source) -> AppState:
    environment = EnvironmentName(source.name)
    return AppState(
        environment=environment,
        secret_key=Secret(secrets.token_urlsafe(50)),
        config={},
        build_config={},
        hosts=(f"{environment.label}.localhost",),
        port=80,
        next_version=1,
    )
