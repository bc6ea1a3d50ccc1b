"""A project becomes files for container engines: a Dockerfile, or services for a laptop.

Nothing of it is run, and nothing is asked of a platform.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

from nuages.build.additions import driver_modules, find_packages
from nuages.build.bytecode import runtime_folder
from nuages.build.export.compose import ENV_FILE, render_compose
from nuages.build.export.dockerfile import DOCUMENT, render_dockerfile
from nuages.build.export.environment import (
    broker_lines,
    key_in,
    own_lines,
    render_environment,
    servers,
)
from nuages.build.export.errors import FILE_DIFFERS, NO_PLACE, NOT_WRITTEN, OLD_PYTHON
from nuages.build.export.ignore import render_dockerignore
from nuages.build.export.packages import EXPORTED, SHOWN
from nuages.build.export.values import BuiltFrontEnd, Compose, Docker, Line, Packages
from nuages.build.inputs.inside import inside_inputs
from nuages.build.inputs.library import library_arguments
from nuages.build.install.installation import member_of, of_its_time
from nuages.build.oci.contents import USER
from nuages.build.plan import BuildPlan, plan_build
from nuages.build.tree import links_into_volume
from nuages.build.variables.standins import stand_in
from nuages.core.errors import NuagesError
from nuages.core.exported import FOLDER, is_exported
from nuages.core.facts import Facts, FrontEnd
from nuages.core.node import choose_node
from nuages.core.source import Source
from nuages.core.system_packages import GEODJANGO
from nuages.pipeline.check import CheckResult, check_project
from nuages.pipeline.needed import needed_variables
from nuages.pipeline.refusal import refuse_errors
from nuages.release.assemble import PYTHON, probe_variables
from nuages.source.ignore import parse_dockerignore
from nuages.system.files import write_atomic
from nuages_runtime.given.surroundings import (
    PORT,
    folder_of,
    python_variables,
    settings_variables,
)

DOCKERFILE, IGNORE, COMPOSE = "Dockerfile", ".dockerignore", "docker-compose.yml"
DEVELOPMENT_PORT = 8000
_OLDEST_FOR_UV = (3, 8)
# The Dockerfile sees to those by itself.
_OF_DEBIANS_PYTHON = ("python3-dev", "python3-venv", "python3-pip")
_OTHER_PROCESSES = ("web", "release")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The folder or zip at `path`, and the folder to write to (None: the project's own); `root`
    is the project's folder inside; with `force` files that differ are overwritten."""

    path: Path
    output: Path | None = None
    root: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder that was written to, the files in it that are new or changed, the name of the
    image, and whether the folder is the project's."""

    folder: Path
    written: tuple[str, ...]
    name: str
    beside: bool


def export_dockerfile(request: ExportRequest) -> Exported:
    """Write a Dockerfile with what it takes. Raises source.E001 to E020, pipeline.E002, build.E090
    to E093."""
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        checked = _check(request, Path(scratch))
        return _write(request, checked.source, dockerfile_files(checked))


def export_compose(request: ExportRequest) -> Exported:
    """Write a docker-compose.yml with its variables. Raises source.E001 to E020, pipeline.E002,
    build.E090 to E092."""
    with tempfile.TemporaryDirectory(prefix="nuages-") as scratch:
        checked = _check(request, Path(scratch))
        folder = _folder(request)
        builds = is_exported(_text(folder / DOCKERFILE))
        key = key_in(_text(folder / ENV_FILE)) or secrets.token_urlsafe(38)[:50]
        code = os.path.relpath(request.path, folder) if request.path.is_dir() else "."
        return _write(request, checked.source, compose_files(checked, code, key, builds=builds))


def _check(request: ExportRequest, scratch: Path) -> CheckResult:
    _folder(request)
    checked = check_project(request.path, request.root, strict=False, scratch=scratch)
    refuse_errors(checked.findings)
    return checked


def dockerfile_files(checked: CheckResult, uv: str = "") -> dict[str, bytes]:
    """The files by their paths; `uv` is the release of it that installs (by default ours)."""
    source, plan = checked.source, _plan(checked)
    python = plan.pythons[0]
    if _numbers(python) < _OLDEST_FOR_UV:
        raise NuagesError(OLD_PYTHON, f"The project needs Python {python}")
    packages = _packages(source, plan)
    blueprint = plan.blueprint
    variables = {
        **settings_variables(blueprint.settings, blueprint.configuration, blueprint.application),
        **python_variables(plan.project, blueprint.paths),
        "NUAGES_IMAGE": DOCUMENT,
    }
    system, compiling = _system(checked.facts)
    docker = Docker(
        name=source.name,
        python=".".join(python.split(".")[:2]),
        uv=uv or version("uv"),
        packages=packages,
        system=system,
        compiling=compiling,
        front_ends=_front_ends(source, checked.facts),
        variables=variables,
        folder=folder_of(plan.project),
        command=(PYTHON, "-m", "nuages_runtime.container", "web"),
        port=PORT,
        user=USER,
    )
    texts = {
        DOCKERFILE: render_dockerfile(docker),
        IGNORE: _dockerignore(source),
        f"{FOLDER}/image.json": _document(checked, plan),
        **{f"{FOLDER}/packages/{name}": text for name, text in (packages.files or {}).items()},
    }
    return {**{path: text.encode() for path, text in texts.items()}, **_runtime()}


def compose_files(checked: CheckResult, code: str, key: str, *, builds: bool) -> dict[str, bytes]:
    """The files by their paths; `code` is the source's folder as seen from there, `key` the
    SECRET_KEY; with `builds` a Dockerfile lies beside them."""
    plan, facts = _plan(checked), checked.facts
    blueprint, engine = plan.blueprint, _engine(checked)
    processes = tuple(name for name, _ in blueprint.processes if name not in _OTHER_PROCESSES)
    waited = [name for type_, names in blueprint.brokers if type_ in processes for name in names]
    backing = broker_lines(waited, blueprint.reads)
    lines = own_lines(key, DEVELOPMENT_PORT, engine) + backing
    given = {line.name for line in lines}
    for each in needed_variables(facts, checked.config):
        if each.name not in given:
            remark = f"{each.file}:{each.line} needs it. This value is made up."
            lines.append(Line(each.name, stand_in(each.name, each.cast), remark))
    compose = Compose(
        image=f"{checked.source.name}:latest",
        builds=builds,
        source=code,
        serve=_serve(facts, DEVELOPMENT_PORT),
        port=DEVELOPMENT_PORT,
        processes=processes,
        engine=engine,
        brokers=servers(backing),
    )
    texts = {COMPOSE: render_compose(compose), ENV_FILE: render_environment(lines)}
    return {path: text.encode() for path, text in texts.items()}


def _plan(checked: CheckResult) -> BuildPlan:
    needed = needed_variables(checked.facts, checked.config)
    variables = {each.name: stand_in(each.name, each.cast) for each in needed}
    plan = plan_build(checked.source, checked.facts, checked.config, variables, overlay=True)
    drivers = [
        line
        for module in driver_modules(_engine(checked), plan.dependencies)
        for line, _ in find_packages(module, plan.dependencies)
    ]
    return replace(plan, extra=(*plan.extra, *drivers))


def _packages(source: Source, plan: BuildPlan) -> Packages:
    dependencies = plan.dependencies
    lines = "".join(f"{line}\n" for line in dependencies.lines)
    inputs = inside_inputs(dependencies, lines, SHOWN)
    arguments = inputs.arguments
    if dependencies.kind == "uv":
        # It is made of the lock while the image is built.
        made = f"{SHOWN}/exported.txt"
        arguments = tuple(EXPORTED if each == made else each for each in arguments)
    return Packages(
        dependencies=dependencies,
        extra=plan.extra,
        arguments=(*of_its_time(dependencies, plan.extra), *arguments),
        files=inputs.files,
        member=member_of(source.path, dependencies) if dependencies.kind == "uv" else "",
        library=library_arguments(dependencies, source.path),
    )


def _system(facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Packages of Debian in the image, and those that only building takes."""
    found = [fact.value for fact in facts.system_packages]
    wanted = [each for each in found if each.name not in _OF_DEBIANS_PYTHON]
    system = tuple(dict.fromkeys(each.name for each in wanted if each.use != "build"))
    return system, tuple(dict.fromkeys(each.name for each in wanted if each.name not in system))


def _front_ends(source: Source, facts: Facts) -> tuple[BuiltFrontEnd, ...]:
    paths = {file.path for file in source.files}
    wanted = [fact.value for fact in facts.front_ends if fact.value.need != "nothing"]
    return tuple(
        BuiltFrontEnd(
            each,
            choose_node(each.node.value)[0],
            _installed_from(each, paths),
            each.reads_python or _starts_python(each, source),
        )
        for each in wanted
    )


def _starts_python(front_end: FrontEnd, source: Source) -> bool:
    """Whether a script may start something of the project's that is written in Python."""
    text = _text(source.path / front_end.folder / "package.json")
    return "python" in text or ".py" in text


def _installed_from(front_end: FrontEnd, paths: set[str]) -> tuple[str, ...]:
    """What npm reads to install, without scripts, the packages of a front end by itself; none where
    more may be read."""
    if front_end.manager != "npm" or front_end.workspace:
        return ()
    names = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
    folder = "" if front_end.folder == "." else f"{front_end.folder}/"
    return tuple(f"{folder}{name}" for name in names if f"{folder}{name}" in paths)


def _dockerignore(source: Source) -> str:
    """With a line of its own for each file of the source that another line would leave out."""
    gitignore = _text(source.path / ".gitignore")
    left_out = [left.path for left in source.left_out]
    text = render_dockerignore(left_out, gitignore)
    rules = parse_dockerignore(text.encode())
    taken = [file.path for file in source.files if rules.ignored(file.path)]
    return render_dockerignore(left_out, gitignore, taken) if taken else text


def _document(checked: CheckResult, plan: BuildPlan) -> str:
    """What the image's own document is made of while it is built."""
    facts, variables = checked.facts, dict(plan.variables)
    document: dict[str, object] = asdict(plan.blueprint)
    # It tells two images of a platform apart.
    del document["migrations"]
    folders = [fact.value for fact in facts.folders]
    document |= {
        "project": plan.project,
        "needed": sorted(variables),
        "build": {
            "variables": probe_variables(plan.project, plan.blueprint, variables),
            "copies": facts.copies,
            "links": links_into_volume(folders, ()),
        },
    }
    return json.dumps(document, sort_keys=True, indent=1) + "\n"


def _runtime() -> dict[str, bytes]:
    """A copy of the part of Nuages that runs in the app."""
    folder = runtime_folder()
    return {
        f"{FOLDER}/{path.relative_to(folder.parent).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _engine(checked: CheckResult) -> str:
    facts = checked.facts
    engine = checked.config.engine or facts.only_engine.value or "sqlite"
    names = {fact.value.name for fact in facts.system_packages}
    spatial = engine == "postgres" and not names.isdisjoint(GEODJANGO)
    return "postgis" if spatial else engine


def _serve(facts: Facts, port: int) -> tuple[str, ...]:
    """The development server: Django's own, unless the app speaks ASGI and Django's does not."""
    place, dependencies = f"0.0.0.0:{port}", facts.dependencies.value
    has_own = "daphne" in dependencies.names or not facts.application.value
    if facts.interface.value == "asgi" and not has_own:
        application = facts.application.value
        words = ("python", "-m", "uvicorn", application, "--reload", "--host", "0.0.0.0")  # noqa: S104
        return (*words, "--port", str(port))
    manage = facts.manage.value
    if manage and "/" not in manage.removeprefix(f"{facts.root.value}/"):
        return ("python", manage.rpartition("/")[2], "runserver", place)
    return ("python", "-m", "nuages_runtime.manage", "runserver", place)


def _folder(request: ExportRequest) -> Path:
    if request.output is not None:
        return request.output
    if request.path.is_file():
        raise NuagesError(NO_PLACE, f"{request.path} is a file, and no -o names a folder")
    return request.path


def _write(request: ExportRequest, source: Source, files: Mapping[str, bytes]) -> Exported:
    folder = _folder(request)
    changed = {path: text for path, text in files.items() if _bytes(folder / path) != text}
    differing = [path for path in changed if os.path.lexists(folder / path)]
    if differing and not request.force:
        rest = "\n".join(f"{folder / path} differs too" for path in differing[1:])
        raise NuagesError(FILE_DIFFERS, f"{folder / differing[0]} is there already", details=rest)
    for path, text in changed.items():
        place = folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place, text, 0o600 if path == ENV_FILE else 0o644)
        except OSError as error:
            reason = error.strerror or error
            raise NuagesError(NOT_WRITTEN, f"{place} could not be written: {reason}") from None
    beside = request.path.is_dir() and folder.resolve() == request.path.resolve()
    return Exported(folder, tuple(changed), source.name, beside)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _text(path: Path) -> str:
    return (_bytes(path) or b"").decode(errors="replace")


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".") if part.isdigit())
