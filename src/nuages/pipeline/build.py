"""Source and facts become an image in the store: packages, front ends, app tree, probe, static
files.

What did not change is not made again: packages are found by their input's digest, bytecode and
static files are linked, and the probe is used again while nothing that it read has changed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nuages.build.additions import Additions, driver_modules
from nuages.build.assets import publish_static
from nuages.build.bytecode import cache_tag, compile_tree
from nuages.build.errors import PACKAGES_FAILED
from nuages.build.export.errors import NOT_DEPLOYED
from nuages.build.frontend.results import FrontEndFiles
from nuages.build.install.environment import Environment
from nuages.build.install.means import Means
from nuages.build.oci.blobs import Blobs
from nuages.build.packages import PackageInstaller
from nuages.build.plan import BuildPlan
from nuages.build.probe import (
    ProbeResult,
    SettingsError,
    is_current,
    load_record,
    run_probe,
    save_record,
)
from nuages.build.runtime import ensure_bytecode, ensure_runtime
from nuages.build.store import ImageStore
from nuages.build.system.lacking import LackingError
from nuages.build.system.ways import can_have, has_program
from nuages.build.tree import (
    FormerTree,
    link_bytecode,
    links_into_volume,
    make_app_tree,
    open_tree,
    put_repository,
)
from nuages.build.variables.standins import Search
from nuages.build.versions.known_days import KnownDay, forget_day, keep_day, known_day
from nuages.build.versions.of_its_time import UnfitError, find_day
from nuages.core.engine import OneOff
from nuages.core.errors import NuagesError
from nuages.core.event import Step
from nuages.core.finding import Finding
from nuages.core.image import Image, ProbeReport
from nuages.core.secret import Secret
from nuages.core.source import Source
from nuages.pipeline.added import added_findings
from nuages.pipeline.compile import BUILD, compile_inside
from nuages.pipeline.exchange import exchange_folder
from nuages.pipeline.front_ends import Beside, build_front_ends
from nuages.pipeline.ground import Grounds, find_grounds, is_on_machine
from nuages.pipeline.lacking import (
    Surroundings,
    raise_lacking,
    refuse_without_spatialite,
)
from nuages.pipeline.layers import Trees, make_oci_image
from nuages.pipeline.planned import plan_of
from nuages.pipeline.pythons import (
    contradiction_findings,
    of_its_time_finding,
    python_findings,
)
from nuages.pipeline.shells import shell_findings
from nuages.pipeline.steps import Steps
from nuages.pipeline.system_packages import SystemPackages, build_findings
from nuages.pipeline.values import BuildRequest, Built, Parts
from nuages.release.assemble import PYTHON, probe_variables
from nuages.system.files import publish_directory, remove_tree
from nuages_runtime.report import EXCHANGE, SOURCE


@dataclass(frozen=True, slots=True)
class _Work:
    """A build under way: what was decided and found before the image itself is made. `probe` is
    that of the former image where it holds for this source too; `plan` is without the packages
    that are added to it; `source` is the request's with the files that are copies of examples,
    with what its front ends `built`, and with the folders that lead into the volume."""

    request: BuildRequest
    parts: Parts
    plan: BuildPlan
    additions: Additions
    environment: Environment
    runtime: Path
    former: Image | None
    probe: ProbeResult | None
    conditions: Mapping[str, object]
    source: Source
    built: FrontEndFiles | None
    grounds: Grounds

    @property
    def store(self) -> ImageStore:
        return ImageStore(self.parts.home)


def build_image(request: BuildRequest, parts: Parts, steps: Steps) -> Built:
    """The image of a source; one that is in the store already is found, not made.

    Raises build.E001 to E008, E020, E021, and E030 to E033.
    """
    if request.project.config.dockerfile:
        file = request.project.config.dockerfile
        raise NuagesError(NOT_DEPLOYED, f"deploy.toml has {file} build the image")
    plan = plan_of(request)
    known = known_day(parts.home, plan)
    if known is None:
        return _build(request, plan, parts, steps)
    try:
        return _build_of(known, request, parts, steps)
    except NuagesError as error:
        # Anything else would be the same with the releases of today.
        if not isinstance(error, UnfitError) and error.code is not PACKAGES_FAILED:
            raise
        forget_day(parts.home, plan)
        said = f"The packages of {known.day} do not do any more ({error.message})"
        steps.say(f"{said}; trying today's", Step.BUILD)
    return _build(request, plan, parts, steps)


def _build(request: BuildRequest, plan: BuildPlan, parts: Parts, steps: Steps) -> Built:
    facts = request.project.facts
    system = SystemPackages(facts, request.install_packages, parts.runner, steps)
    if is_on_machine(request):
        system.provide()
    work = system.repeat(lambda: _decide(request, plan, parts, steps))
    files = facts.dependencies.value.files
    findings = (
        *python_findings(facts, work.environment),
        *contradiction_findings(facts, work.environment),
        *build_findings(work.environment, files[0] if files else "", work.grounds.where),
    )
    _say(findings, steps)
    try:
        image = system.repeat(lambda: _make(work, parts, steps))
    except UnfitError as error:
        return _of_its_time(work, parts, steps, error)
    added = tuple(added_findings(image.report.added, facts.dependencies.value))
    if work.grounds.base is None:
        added += tuple(shell_findings(image.blueprint))
    _say(added, steps)
    return Built(image, (*findings, *added))


def _of_its_time(work: _Work, parts: Parts, steps: Steps, error: UnfitError) -> Built:
    """The image with packages of the time of their list; `error`, which those of today lead to,
    where that does not help."""
    request = work.request
    root = work.grounds.compiling_root
    compiler = compile_inside(parts, work.plan, request.source, work.runtime, root)
    means = Means(parts.home, parts.runner, compiler)
    today = datetime.now(UTC).date()
    day = find_day(means, work.plan, request.source.path, work.environment.interpreter, today)
    if not day:
        raise error
    steps.say(
        f"Today's packages do not fit each other ({error.message}); trying those of {day}",
        Step.BUILD,
    )
    found = KnownDay(day, error.message)
    try:
        built = _build_of(found, request, parts, steps)
    except NuagesError:
        raise error from None
    keep_day(parts.home, work.plan, found)
    return built


def _build_of(known: KnownDay, request: BuildRequest, parts: Parts, steps: Steps) -> Built:
    """The image with packages of that day."""
    facts = request.project.facts
    dependencies = replace(facts.dependencies.value, as_of=known.day)
    aged = replace(facts, dependencies=replace(facts.dependencies, value=dependencies))
    request = replace(request, project=replace(request.project, facts=aged))
    built = _build(request, plan_of(request), parts, steps)
    finding = of_its_time_finding(dependencies, known.why)
    _say((finding,), steps)
    return replace(built, findings=(*built.findings, finding))


def _say(findings: tuple[Finding, ...], steps: Steps) -> None:
    for finding in findings:
        steps.say(f"{finding.message} ({finding.code})", Step.BUILD)


def _make(work: _Work, parts: Parts, steps: Steps) -> Image:
    image = _unchanged(work)
    if image is not None:
        steps.say("Nothing changed: the image is there already", Step.BUILD)
        return image
    temporary = parts.home.images / f".{secrets.token_hex(8)}.tmp"
    try:
        with exchange_folder(parts.home) as exchange:
            exchange.chmod(0o777)
            _make_tree(work, temporary)
            work, probe, static = _look_inside(work, temporary, exchange, steps)
            return _publish(work, temporary, probe, static)
    finally:
        remove_tree(temporary)


def _decide(request: BuildRequest, plan: BuildPlan, parts: Parts, steps: Steps) -> _Work:
    state, project = request.state, request.project
    grounds = find_grounds(request, parts, steps)
    _folder(parts.home.images)
    runtime = ensure_runtime(parts.home)
    former = ImageStore(parts.home).find(request.former) if request.former else None
    additions = Additions(plan, former.report.added if former else ())
    url = state.config.get("DATABASE_URL")
    database = url.reveal() if url else project.config.engine
    additions.find(driver_modules(database, plan.dependencies))
    environment = _install(request, parts, additions.extended(), runtime, grounds)
    grounds = grounds.completed(environment)
    environment = replace(environment, missing=grounds.missing(environment))
    beside = Beside(environment.venv, environment.interpreter.mount, runtime, grounds.root)
    source = _with_copies(request)
    built = build_front_ends(source, project.facts, state.build_config, beside, (parts, steps))
    source = (built.added_to(source) if built else source).with_links(_links(request, built))
    conditions = {
        "environment": [environment.key, environment.id],
        "runtime": runtime.name,
        "settings": [plan.blueprint.settings, plan.blueprint.configuration],
        "overlay": [plan.blueprint.overlay, *plan.blueprint.keep],
        "application": [plan.blueprint.interface, plan.blueprint.application],
        "project": [plan.project, *plan.blueprint.paths],
        "variables": plan.variables,
        "base": grounds.key,
    }
    probe = _former_probe(former, source, conditions, ImageStore(parts.home))
    return _Work(
        request, parts, plan, additions, environment, runtime, former, probe, conditions,
        source, built, grounds,
    )  # fmt: skip


def _install(
    request: BuildRequest, parts: Parts, plan: BuildPlan, runtime: Path, grounds: Grounds
) -> Environment:
    compiler = compile_inside(parts, plan, request.source, runtime, grounds.compiling_root)
    # What is compiled is linked with what is there.
    plan = replace(plan, input=f"{plan.input} {grounds.key}") if grounds.base else plan
    has = can_have if grounds.can_compile else has_program
    installer = PackageInstaller(parts.home, parts.runner, compiler, has)
    environment = installer.ensure(plan, request.source.path)
    ensure_bytecode(runtime, environment.interpreter, parts.runner)
    return environment


def _with_additions(work: _Work) -> _Work:
    """The work with what was found to be missing installed as well."""
    plan = work.additions.extended()
    environment = _install(work.request, work.parts, plan, work.runtime, work.grounds)
    grounds = work.grounds.completed(environment)
    environment = replace(environment, missing=grounds.missing(environment))
    conditions = {
        **work.conditions,
        "environment": [environment.key, environment.id],
        "base": grounds.key,
    }
    return replace(work, environment=environment, conditions=conditions, grounds=grounds)


def _with_copies(request: BuildRequest) -> Source:
    return request.source.with_copies(request.project.facts.copies)


def _links(request: BuildRequest, built: FrontEndFiles | None) -> list[tuple[str, str]]:
    folders = [fact.value for fact in request.project.facts.folders]
    return links_into_volume(folders, [file.path for file in built.files] if built else ())


def _own_tree(work: _Work) -> Source:
    """What the app's tree is made of before what its front ends built is put into it."""
    return _with_copies(work.request).with_links(_links(work.request, work.built))


def _unchanged(work: _Work) -> Image | None:
    """The former image, or another one of the store, if this build would make it again."""
    if work.probe is None or work.former is None:
        return None
    image = work.store.made_from(_input(work, work.former.static_digest))
    # What is damaged or lost is made again.
    is_whole = image and image.oci and Blobs(work.parts.home.blobs).have_all(image.oci)
    return image if is_whole else None


def _former_probe(
    former: Image | None, source: Source, conditions: Mapping[str, object], store: ImageStore
) -> ProbeResult | None:
    if former is None:
        return None
    record = load_record(store.path(former.digest), conditions)
    if record is None or not is_current(record, store.tree_files(former.digest), source):
        return None
    return ProbeResult(former.report, None, record["opened"], record["listed"])


def _make_tree(work: _Work, folder: Path) -> None:
    source, former = work.source, work.former
    folder.mkdir(parents=True)
    app = folder / "app"
    make_app_tree(_own_tree(work), app)
    if work.built is not None:
        work.built.put_into(app)
    if work.plan.blueprint.commit:
        put_repository(app, work.plan.blueprint.commit)
    tag = cache_tag(work.environment.interpreter.version)
    before = None
    if former is not None:
        files = work.store.tree_files(former.digest)
        before = FormerTree(former.app, files, cache_tag(former.python_version))
    changed = link_bytecode(source, app, before, tag)
    python = work.environment.interpreter
    compile_tree(app, Path("/app"), changed, python.executable, work.parts.runner)
    open_tree(app, changed)


def _look_inside(
    work: _Work, folder: Path, exchange: Path, steps: Steps
) -> tuple[_Work, ProbeResult, str]:
    """The work, whose environment may have got more packages, the probe's result, and the
    digest of the static tree (empty: none)."""
    if work.probe is not None and work.former is not None:
        return work, work.probe, work.former.static_digest
    work, probe = _probe_with_packages(work, folder / "app", exchange, steps)
    refuse_without_spatialite(_surroundings(work), probe.report)
    for warning in probe.report.warnings:
        steps.say(warning, Step.BUILD)
    for needed in probe.report.needed:
        steps.say(f"Needed at run time: {needed}", Step.BUILD)
    if probe.collected is None:
        return work, probe, ""
    former = [work.former.static_digest] if work.former and work.former.static_digest else []
    return work, probe, publish_static(probe.collected, former, work.parts.home.static)


def _probe_with_packages(
    work: _Work, app: Path, exchange: Path, steps: Steps
) -> tuple[_Work, ProbeResult]:
    """Probe; again, in another environment, for each module that nothing brings and for which
    a package is known."""
    additions = work.additions
    state = work.request.state
    hidden = frozenset(state.config.keys() - state.build_config.keys())
    search = Search(work.request.project.facts.variables, hidden)
    # Of a former try, after which system packages were installed.
    work = _with_additions(work) if additions.added else work
    while True:
        failed: SettingsError | None = None
        try:
            result = _probe(work, _image(work, "", app, None), exchange, search)
        except SettingsError as error:
            failed = error
            wanted: tuple[str, ...] = (error.module,)
        else:
            wanted = result.absent
        found = additions.find(wanted)
        if not found and failed is not None:
            explained = search.explain(additions.explain(failed))
            raise (UnfitError.of(explained) if failed.unfit else explained) from None
        if not found:
            return work, additions.finish(result)
        remove_tree(exchange / "static")
        steps.say(f"Missing, so installed as well: {', '.join(found)}", Step.BUILD)
        try:
            work = _with_additions(work)
        except NuagesError as error:
            if failed is not None and isinstance(error, LackingError):
                raise
            additions.give_up(found)
            if failed is not None:
                raise search.explain(additions.explain(failed, error)) from None


def _probe(work: _Work, image: Image, exchange: Path, search: Search) -> ProbeResult:
    """Run the probe; again, in a process of its own, for each variable that the settings do not
    load without, and that nobody has set or that is hidden. Raises SettingsError."""
    while True:
        given = {"PYTHON_VERSION": work.environment.interpreter.version}
        given |= {**dict(work.plan.variables), **search.values}
        variables = probe_variables(work.plan.project, work.plan.blueprint, given)
        one_off = OneOff(
            environment=BUILD,
            image=image,
            argv=(
                *(PYTHON, "-m", "nuages_runtime.probe", SOURCE, EXCHANGE),
                *(work.plan.blueprint.interface, work.plan.blueprint.application),
            ),
            env={name: Secret(value) for name, value in variables.items()},
            purpose="probe",
            exchange=exchange,
            network=False,
            volume=False,
            timeout=600,
        )
        try:
            result = run_probe(exchange, partial(work.parts.engine.run_once, one_off))
        except SettingsError as error:
            if not search.learn(error, variables):
                raise_lacking(error, _surroundings(work))
                raise
        else:
            return search.finish(result)


def _surroundings(work: _Work) -> Surroundings:
    return Surroundings(work.request.project.facts, work.environment, work.grounds)


def _publish(work: _Work, temporary: Path, probe: ProbeResult, static: str) -> Image:
    files, built = _own_tree(work).files, work.built.files if work.built else ()
    image = _image(work, "", temporary / "app", probe, static)
    trees = Trees(image.app, (files, built), work.environment.id)
    ground = work.grounds.find(image, trees.packages)
    oci = make_oci_image(image, trees, ground, work.parts.home)
    final = work.store.path(oci.digest)
    image = replace(
        image,
        digest=oci.digest,
        app=final / "app",
        oci=oci,
        ground=ground.digest,
        input=_input(work, static),
    )
    save_record(temporary, probe, work.conditions)
    work.store.save(image, files, temporary, built)
    publish_directory(temporary, final, lambda _: work.store.find(oci.digest) is not None)
    work.store.remember(image)
    return image


def _image(
    work: _Work, digest: str, app: Path, probe: ProbeResult | None, static: str = ""
) -> Image:
    plan, python, source = work.plan, work.environment.interpreter, work.request.source
    return Image(
        digest=digest,
        app=app,
        venv=work.environment.venv,
        runtime=work.runtime,
        static=work.parts.home.static / static if static else None,
        static_digest=static,
        python=python.mount,
        python_version=python.version,
        project=plan.project,
        report=(
            probe.report if probe else ProbeReport("", python.version, plan.blueprint.settings)
        ),
        blueprint=plan.blueprint,
        source_digest=source.digest,
        source_name=source.name,
        source_commit=source.commit,
        base=work.grounds.root,
    )


def _input(work: _Work, static: str) -> str:
    """A digest of everything that decides an image's content."""
    blueprint = asdict(work.plan.blueprint)
    source = work.source
    document = [source.digest, source.commit, work.conditions, static, blueprint]
    text = json.dumps(document, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
