"""A checked project is built and started for a moment, in a state directory of its own, and
what its rules then say is added: `nuages check --build`. Nothing of it goes live."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nuages.build.retention import store_in_use
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.event import Event, Record
from nuages.core.finding import Finding, Rule
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.inspect.declared.built import NOT_BUILT, NOT_EXAMINED, NOT_STARTED
from nuages.inspect.inspection import Inspection
from nuages.inspect.remarks import in_order
from nuages.inspect.rules.built import check_changes, check_django, check_image, failed
from nuages.pipeline.activate import DEPLOY, activate, assemble_release
from nuages.pipeline.build import build_image
from nuages.pipeline.check import CheckResult
from nuages.pipeline.exchange import exchange_folder
from nuages.pipeline.printed import Printed
from nuages.pipeline.refusal import (
    refuse_missing_database,
    refuse_missing_variables,
    refuse_wrong_database,
)
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts
from nuages.release.commands import examine_command, read_examination

_HTTPS = 443
# Codes of errors that no project makes: no sandbox, no agent, a platform of another user.
_OF_THE_MACHINE = ("system.", "core.", "engines.E001", "engines.E002")


def examine_project(
    checked: CheckResult, config: Mapping[str, str], parts: Parts, record: Record
) -> CheckResult:
    """The check with what the built and started project adds. `config` are config vars to do it
    with. An error of the build or the start becomes a finding; where the source has errors
    already, nothing is built. Raises what has to do with this machine."""
    if checked.has_errors:
        return checked
    steps = Steps(record, parts.clock)
    state = _state(checked, config)
    findings = list(checked.findings)
    try:
        with store_in_use(parts.home):
            for finding in _examine(checked, state, parts, steps):
                if finding not in findings:
                    findings.append(finding)
    finally:
        parts.engine.remove(state.environment, data=True)
    return replace(checked, findings=tuple(in_order(findings)))


def _state(checked: CheckResult, config: Mapping[str, str]) -> AppState:
    environment = EnvironmentName(checked.source.name)
    return AppState(
        environment=environment,
        secret_key=Secret(secrets.token_urlsafe(50)),
        config={name: Secret(value) for name, value in config.items()},
        # What is typed here may be a password: a build sees none of it.
        build_config={},
        hosts=(f"{environment.label}.localhost",),
        port=_HTTPS,
        next_version=1,
        scheme="https",
    )


def _examine(
    checked: CheckResult, state: AppState, parts: Parts, steps: Steps
) -> Iterator[Finding]:
    project = Inspection(checked.facts, checked.config, checked.findings)
    request = BuildRequest(state, checked.source, project, overlay=True)
    try:
        built = build_image(request, parts, steps)
    except NuagesError as error:
        yield _failed(NOT_BUILT, error, steps)
        return
    image = built.image
    yield from built.findings
    yield from check_image(image.report, state.config)
    try:
        refuse_missing_database(checked.config, state)
        refuse_wrong_database(checked.facts, checked.config, state)
        release = assemble_release(state, image, state.next_version, migrate=True)
        refuse_missing_variables(release)
    except NuagesError as error:
        yield failed(NOT_STARTED, error)
        return
    yield from _ask_django(checked, release, parts, steps)
    try:
        yield from activate(state, image, parts, steps, DEPLOY).findings
    except NuagesError as error:
        yield _failed(NOT_STARTED, error, steps)


def _ask_django(
    checked: CheckResult, release: Release, parts: Parts, steps: Steps
) -> Iterator[Finding]:
    printed = Printed()
    said = {finding.code for finding in checked.findings}
    try:
        with exchange_folder(parts.home) as exchange:
            code = parts.engine.run_once(examine_command(release, exchange), printed)
            document = read_examination(exchange, code, printed.text)
    except NuagesError as error:
        yield _failed(NOT_EXAMINED, error, steps)
        return
    yield from check_django(document.get("checks") or (), said, strict=checked.strict)
    yield from check_changes(document.get("migrations") or ())


def _failed(rule: Rule, error: NuagesError, steps: Steps) -> Finding:
    """An error as a finding, its evidence as an event; raises the error itself where this machine
    is to blame, not the project."""
    if error.code.code.startswith(_OF_THE_MACHINE):
        raise error
    if error.details:
        steps.record(Event("evidence.found", error.details))
    return failed(rule, error)
