"""From an image to traffic: assemble a release, run its commands, start it, switch.

The release commands and the start of the new web instances go side by side, because loading
Django is most of both: gated instances load the code, but open no database connection and
answer no request before the release commands are done. A project with release commands of its
own gets them done first, since nobody knows what they prepare.
"""

from __future__ import annotations

from nuages.core.engine import Engine, OneOff
from nuages.core.event import Event, Step
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.process import Kind
from nuages.core.release import Release
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.exchange import exchange_folder
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
from nuages.run.sizing import size_workers


def activate(
    state: AppState, image: Image, parts: Parts, steps: Steps, *, migrate: bool
) -> Deployed:
    """Make `image` the environment's next release and give it the traffic.

    Whatever fails before the switch, the new instances are stopped and the old release serves
    on; the error goes to the caller.
    """
    with steps.step(Step.ASSEMBLE, f"Assembling release v{state.next_version}"):
        release = assemble_release(state, image, state.next_version, migrate=migrate)
        record = ReleaseRecord(release.version, image.digest, state.config)
        steps.record(_event("release.assembled", release))
    try:
        report = _prepare(release, parts, steps)
        _start(release, parts.engine, steps)
    except BaseException:
        parts.engine.retire(state.environment, release.version, drain=False)
        raise
    with steps.step(Step.SWITCH, "Switching the traffic"):
        steps.record(_event("release.switching", release))
        parts.engine.set_hosts(state.environment, state.hosts)
        parts.engine.switch(release, serve_media=not report.media_view)
    seconds = steps.elapsed()
    steps.record(_event("release.switched", release, report, seconds))
    return Deployed(record, image, seconds)


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
            steps.say(warning, Step.RELEASE)
        if beside:
            engine.open_gate(release)
        return report


def _start(release: Release, engine: Engine, steps: Steps) -> None:
    with steps.step(Step.START, "Starting the new instances"):
        engine.start(release, [process.name for process in release.processes], gated=False)
        engine.open_gate(release)
    with steps.step(Step.READY, "Waiting until all of them are ready"):
        engine.wait_ready(release)


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
    printed: list[bytes] = []
    code = engine.run_once(one_off, printed.append)
    return code, b"".join(printed).decode(errors="replace")


def _event(
    kind: str, release: Release, report: ReleaseReport | None = None, seconds: float | None = None
) -> Event:
    data: dict[str, object] = {"version": release.version, "image": release.image.digest}
    if report is not None:
        data["changes"] = [dict(change) for change in report.changes]
        data["serve_media"] = not report.media_view
        data["migrations"] = list(report.applied)
    words = kind.partition(".")[2]
    return Event(kind, f"Release v{release.version} {words}", seconds=seconds, data=data)
