"""The whole road: source → inspect → build → release → run → route."""

from __future__ import annotations

from dataclasses import replace

from nuages.build.retention import store_in_use
from nuages.core.event import Record, Step
from nuages.core.overrides import Overrides
from nuages.inspect.inspection import inspect_project
from nuages.pipeline.activate import DEPLOY, activate
from nuages.pipeline.build import build_image
from nuages.pipeline.explained import explained, image_context, source_context
from nuages.pipeline.refusal import refuse_errors, refuse_missing_database, refuse_wrong_database
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Deployed, DeployRequest, Parts
from nuages.source.take import take_source


def deploy(request: DeployRequest, parts: Parts, record: Record) -> Deployed:
    """Put a project live. Until the switch a failure leaves the running release untouched.

    Raises NuagesError; the events handed to `record` name the step.
    """
    steps = Steps(record, parts.clock)
    with store_in_use(parts.home):
        return _deploy(request, parts, steps)


def _deploy(request: DeployRequest, parts: Parts, steps: Steps) -> Deployed:
    state = request.state
    with steps.step(Step.SOURCE, "Taking the source"):
        source = take_source(request.folder, request.archive, parts.home.sources)
        for left in source.left_out:
            steps.say(f"Left out: {left.path} ({left.rule})", Step.SOURCE)
    with steps.step(Step.INSPECT, "Reading the project"):
        said = Overrides(request.root or "", request.strict, state.build_config)
        project = inspect_project(source, said)
        refuse_errors(project.findings)
        refuse_missing_database(project.config, state)
        refuse_wrong_database(project.facts, project.config, state)
        for finding in project.findings:
            steps.say(f"{finding.message} ({finding.code})", Step.INSPECT)
    facts = project.facts
    with (
        explained(lambda: source_context(state, source, facts)),
        steps.step(Step.BUILD, "Building the image"),
    ):
        former = state.current.image_digest if state.current else ""
        wanted = BuildRequest(
            state, source, project, request.overlay, request.install_packages, former
        )
        built = build_image(wanted, parts, steps)
    image = built.image
    with explained(lambda: image_context(state, image, parts.home, facts.dependencies.value)):
        deployed = activate(state, image, parts, steps, DEPLOY)
    findings = (*project.findings, *built.findings, *deployed.findings)
    return replace(deployed, findings=findings)
