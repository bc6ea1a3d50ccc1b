"""From an image to traffic: assemble a release, run its commands, start it, switch.

The release commands and the start of the new web instances go side by side, because loading
Django is most of both: gated instances load the code, but open no database connection and
answer no request before the release commands are done. A project with release commands of its
own gets them done first, since nobody knows what they prepare.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from nuages.core.config import DeployConfig
from nuages.core.engine import Engine, OneOff
from nuages.core.errors import NuagesError
from nuages.core.event import Event, Step
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.pages import Visit
from nuages.core.process import Kind
from nuages.core.release import Release
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.exchange import exchange_folder
from nuages.pipeline.printed import Printed
from nuages.pipeline.refusal import refuse_missing_variables
from nuages.pipeline.site import Site, describe_site
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Deployed, Parts
from nuages.release.assemble import assemble
from nuages.release.commands import (
    ReleaseReport,
    command_failed,
    own_command,
    read_report,
    runtime_command,
)
from nuages_runtime.given.sizing import size_workers

# How many times as long as its release took to load may an instance take: several of them load at
# once, on a machine that has other work.
_PATIENCE = 5
_DEFAULT = DeployConfig().health_timeout


@dataclass(frozen=True, slots=True)
class Tasks:
    """What is done in the new code before its traffic: migrations, and the release commands of
    the project's own. Those come with new code alone: what they load or change was right when
    it was deployed, and need not be on today's data."""

    migrate: bool
    own: bool


DEPLOY = Tasks(migrate=True, own=True)
# A config var may have named another database.
CONFIGURE = Tasks(migrate=True, own=False)
# Data stay as they are.
ROLLBACK = Tasks(migrate=False, own=False)


def activate(state: AppState, image: Image, parts: Parts, steps: Steps, tasks: Tasks) -> Deployed:
    """Make `image` the environment's next release and give it the traffic.

    Whatever fails before the switch, the new instances are stopped and the old release serves
    on; the error goes to the caller.
    """
    with steps.step(Step.ASSEMBLE, f"Assembling release v{state.next_version}"):
        release = assemble_release(state, image, state.next_version, migrate=tasks.migrate)
        if not tasks.own:
            release = replace(release, release_commands=())
        refuse_missing_variables(release)
        record = ReleaseRecord(release.version, image.digest, state.config)
        steps.record(_event("release.assembled", release))
    try:
        report = _prepare(release, parts, steps)
        patience = _patience(release, report)
        release = replace(release, pages=report.pages, health_timeout=patience)
        visits = _start(release, parts.engine, steps)
        site = describe_site(state, release, report, visits, parts.home)
        for finding in site.findings:
            steps.say(f"{finding.message} ({finding.code})", Step.READY)
        with steps.step(Step.SWITCH, "Switching the traffic"):
            steps.record(_event("release.switching", release))
            _switch(state, release, report, parts.engine)
    except BaseException:
        take_back(state, release.version, parts.engine)
        raise
    seconds = steps.elapsed()
    steps.record(_event("release.switched", release, (report, site), seconds))
    return Deployed(record, image, seconds, site.findings, site.start)


def _patience(release: Release, report: ReleaseReport) -> float:
    """How long an instance may take to start (seconds): what deploy.toml says; else the default,
    or longer where the loading foretells it."""
    said = release.health_timeout
    return max(said, _PATIENCE * report.loading) if said == _DEFAULT else said


def take_back(state: AppState, version: int, engine: Engine) -> None:
    """Stop a release that never got the traffic, and have the host names as they were before;
    nothing where it has the traffic. What fails here is left to the next clean-up."""
    with contextlib.suppress(NuagesError):
        if engine.current(state.environment) == version:
            return
        engine.retire(state.environment, version, drain=False)
        engine.set_hosts(state.environment, state.former_hosts)


def assemble_release(state: AppState, image: Image, version: int, *, migrate: bool) -> Release:
    """The release with its web instances sized by its limits."""
    workers = size_workers(state.limits.cpu, state.limits.memory)
    return assemble(state, image, version, workers, migrate=migrate)


def web_processes(release: Release) -> list[str]:
    """The process types that accept from the release's socket."""
    return [process.name for process in release.processes if process.kind is Kind.WEB]


def _prepare(release: Release, parts: Parts, steps: Steps) -> ReleaseReport:
    engine = parts.engine
    with steps.step(Step.RELEASE, "Running checks, migrations and release commands"):
        beside = not release.release_commands
        if beside:
            engine.start(release, web_processes(release), gated=True)
        report = _run_commands(release, engine, parts.home)
        for name in report.applied:
            steps.say(f"Applied migration {name}", Step.RELEASE)
        for warning in report.warnings:
            # What was said of the image needs no second time.
            if warning not in release.image.report.warnings:
                steps.say(warning, Step.RELEASE)
        if beside:
            engine.open_gate(release)
        return report


def _start(release: Release, engine: Engine, steps: Steps) -> tuple[Visit, ...]:
    with steps.step(Step.START, "Starting the new instances"):
        engine.start(release, [process.name for process in release.processes], gated=False)
        engine.open_gate(release)
    with steps.step(Step.READY, "Waiting until all of them are ready"):
        return engine.wait_ready(release)


def _switch(state: AppState, release: Release, report: ReleaseReport, engine: Engine) -> None:
    """New host names lead here before the rename, so that it is the moment for all of them; those
    that go lead to the former release until then."""
    leaving = tuple(host for host in state.former_hosts if host not in state.hosts)
    engine.set_hosts(state.environment, (*state.hosts, *leaving))
    engine.switch(release, serve_media=not report.media_view)
    if leaving:
        engine.set_hosts(state.environment, state.hosts)


def _run_commands(release: Release, engine: Engine, home: Home) -> ReleaseReport:
    with exchange_folder(home) as exchange:
        code, output = _run(engine, runtime_command(release, exchange))
        report = read_report(exchange, code, output)
    for argv in release.release_commands:
        code, output = _run(engine, own_command(release, argv))
        if code != 0:
            raise command_failed(argv, code, output)
    return report


def _run(engine: Engine, one_off: OneOff) -> tuple[int, str]:
    printed = Printed()
    code = engine.run_once(one_off, printed)
    return code, printed.text


def _event(
    kind: str,
    release: Release,
    told: tuple[ReleaseReport, Site] | None = None,
    seconds: float | None = None,
) -> Event:
    data: dict[str, object] = {"version": release.version, "image": release.image.digest}
    if told is not None:
        report, site = told
        data["start"] = site.start
        data["changes"] = [dict(change) for change in report.changes]
        data["serve_media"] = not report.media_view
        data["migrations"] = list(report.applied)
    words = kind.partition(".")[2]
    return Event(kind, f"Release v{release.version} {words}", seconds=seconds, data=data)
