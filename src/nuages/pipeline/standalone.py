"""A project becomes an image that other container engines run, with no platform: `nuages build`.

What a build made of a source is remembered, so that the same source asked for again is found at
once: neither the project is inspected then, nor is anything of a build loaded.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from nuages.build.oci.blobs import Blobs
from nuages.build.runtime import runtime_digest
from nuages.build.store import ImageStore
from nuages.core.app import EnvironmentName
from nuages.core.event import Record, Step
from nuages.core.finding import Finding, Severity
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.secret import Secret
from nuages.core.source import Source
from nuages.core.state import AppState
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts
from nuages.system.files import write_atomic

# Raised when the same source becomes another image.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ProjectBuild:
    """How an image is wanted of a source; the rest as in a `DeployRequest`."""

    source: Source
    root: str | None = None
    strict: bool = False
    overlay: bool = True
    install_packages: bool = False


@dataclass(frozen=True, slots=True)
class BuiltProject:
    """The image of a project, and what there is to say of it; whether it was there already."""

    image: Image
    findings: tuple[Finding, ...]
    unchanged: bool = False


def find_built(request: ProjectBuild, home: Home) -> BuiltProject | None:
    """What was made of this source in this way before, if all of it is still there."""
    try:
        digest, rows = json.loads(_memory(request, home).read_text())
        findings = tuple(_finding(row) for row in rows)
    except (OSError, ValueError, TypeError):
        return None
    image = ImageStore(home).find(digest)
    if image is None or image.oci is None or not Blobs(home.blobs).have_all(image.oci):
        return None
    return BuiltProject(image, findings, unchanged=True)


def build_project(request: ProjectBuild, parts: Parts, record: Record) -> BuiltProject:
    """Inspect and build the source. Raises NuagesError; the events handed to `record` name the
    step."""
    # All of a build, which one that finds its image does without.
    from nuages.core.overrides import Overrides  # noqa: PLC0415
    from nuages.inspect.inspection import inspect_project  # noqa: PLC0415
    from nuages.pipeline.build import build_image  # noqa: PLC0415
    from nuages.pipeline.explained import explained, source_context  # noqa: PLC0415
    from nuages.pipeline.refusal import refuse_errors  # noqa: PLC0415

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
        )
        built = build_image(wanted, parts, steps)
    findings = (*project.findings, *built.findings)
    store.keep_latest(source.identity, built.image.digest)
    memory = _memory(request, parts.home)
    memory.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(memory, json.dumps([built.image.digest, [asdict(each) for each in findings]]))
    return BuiltProject(built.image, findings)


def _memory(request: ProjectBuild, home: Home) -> Path:
    source = request.source
    decides = [
        _VERSION, runtime_digest(), source.digest, source.commit, source.identity, request.root,
        request.strict, request.overlay,
    ]  # fmt: skip
    name = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    return home.cache / "builds" / name


def _finding(row: dict[str, object]) -> Finding:
    severity = Severity(str(row["severity"]))
    code, message, fix, file = (str(row[name]) for name in ("code", "message", "fix", "file"))
    return Finding(code, severity, message, fix, file, int(str(row["line"])))


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
