"""Where the project's packages come from: the nearest dependency file, best kind first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nuages.core.facts import Dependencies, Fact
from nuages.core.requirement_lines import logical_lines
from nuages.inspect.declared.packages import BAD_REQUIREMENTS, NO_DEPENDENCIES, SEVERAL_SYSTEMS
from nuages.inspect.declared.pythons import OF_ITS_TIME
from nuages.inspect.declared.requirements import ODD_NAME
from nuages.inspect.documents import load_toml
from nuages.inspect.facts.locked import LOCKS, PIPFILE, POETRY_PROJECT, find_locked
from nuages.inspect.facts.requirements import (
    DependencyRead,
    Requirement,
    RequirementsRead,
    normalised,
    read_requirements,
)
from nuages.inspect.generated import Generated, find_generated
from nuages.inspect.lists.conda import CONDA_FILES, read_conda
from nuages.inspect.locks.another_list import find_offered, folder_of, with_offered
from nuages.inspect.locks.offers import find_offers
from nuages.inspect.locks.sources import source_options
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

# In one folder, the first that is there; production before what others share.
_REQUIREMENTS = (
    "requirements.txt",
    *(
        form.format(stem)
        for stem in ("production", "prod", "live", "deploy")
        for form in ("requirements/{}.txt", "requirements-{}.txt", "requirements_{}.txt")
    ),
    "requirements/requirements.txt",
    "requirements/base.txt",
    "requirements/common.txt",
    "requirements/main.txt",
    "requirements/all.txt",
    "requirements-base.txt",
    "requirements/default.txt",
    # Misspellings that are seen.
    "requirement.txt",
    "requirements.text",
    "Requirements.txt",
    "reqs.txt",
)
# Other names that are seen, and how like `requirements.txt` a misspelt one is.
_OTHER_NAMES = frozenset((
    "dependencies.txt", "deps.txt", "modules.txt", "packages.txt", "pip.txt", "reqs.txt",
    "req.txt", "requirements.in", "requirements.pip", "requirements.txt.txt", "requirements",
))  # fmt: skip
_ALIKE = 0.9
_DJANGO = re.compile(r"django\s*(?:\[|[<>=!~;]|$)", re.IGNORECASE)
# The oldest series of Django that gets fixes (https://www.djangoproject.com/download/).
SUPPORTED = (5, 2)
_SHOWN = 5
# More than any series of Django has had.
_PATCHES = 60


def find_dependencies(tree: Tree, root: str, remarks: Remarks) -> DependencyRead:
    """The dependency input of the project in `root`: looked for there, then in the folders
    above. Mistakes in the files become findings."""
    read = _with_django(_with_offered(tree, root, _find(tree, root, remarks), remarks))
    read = _of_its_time(read, find_generated(tree, root), remarks)
    value = read.value.value
    value = replace(value, offers=(*value.offers, *find_offers(tree, root, value)))
    return replace(read, value=replace(read.value, value=value))


def with_library(read: DependencyRead, library: str, remarks: Remarks) -> DependencyRead:
    """The input with the distribution of the source that `library` builds; then the project is
    not without dependencies."""
    value, fact = replace(read.value.value, library=library), read.value
    if value.kind == "none":
        remarks.findings = [each for each in remarks.findings if each.code != NO_DEPENDENCIES.code]
        value = replace(value, files=(library,))
        fact = replace(fact, reason=f"{library} lists the packages", file=library, line=1)
    return replace(read, value=replace(fact, value=value))


def _find(tree: Tree, root: str, remarks: Remarks) -> DependencyRead:
    folder = root
    while True:
        read = _in_folder(tree, folder, remarks)
        if read is not None:
            _say_others(tree, read.value.value, remarks)
            return read
        if folder == ".":
            break
        folder = parent(folder)
    nothing = Dependencies("none", root, ())
    return DependencyRead(Fact(nothing, "no dependency file was found", "default"))


def _with_offered(tree: Tree, root: str, read: DependencyRead, remarks: Remarks) -> DependencyRead:
    """With another list of the project's that names Django, where this one does not."""
    value = read.value.value
    place, taken = find_offered(tree, root, value, remarks)
    if not taken:
        return read
    if value.kind == "none" and tree.has(place):
        return _requirements(tree, folder_of(place), place, remarks)
    return with_offered(read, taken)


def _of_its_time(
    read: DependencyRead, generated: Generated | None, remarks: Remarks
) -> DependencyRead:
    """What is left open is what it was when the project was written, as far as that is noted and
    its Django gets no fixes any more."""
    value = read.value.value
    if value.kind == "none":
        installed = f"Django {generated.django}" if generated else "Django"
        why = f", which generated {generated.file}" if generated else ""
        message = f"No dependency file was found; only {installed} is installed{why}"
        remarks.say(NO_DEPENDENCIES, message)
        if generated:
            value = replace(value, django=f"=={generated.django}.*")
        return replace(read, value=replace(read.value, value=value))
    if generated:
        value = replace(value, noted=generated.as_of)
        read = replace(read, value=replace(read.value, value=value))
    wanted = [each for each in read.requirements if not each.constraint]
    bound = {each.name for each in read.requirements if each.specifier}
    is_open = [each for each in wanted if each.name not in bound]
    if generated is None or not generated.as_of or generated.series >= SUPPORTED or not is_open:
        return read
    said = dict(value.pins).get("django", "")
    if not _may_be(generated.django, f"=={said}" if said else value.django):
        # It has moved on since.
        return read
    names = ", ".join(each.name for each in is_open[:_SHOWN])
    message = (
        f"Without a version: {names}; taken as of {generated.as_of}, since the newest migration "
        f"is of Django {generated.django}"
    )
    remarks.say(OF_ITS_TIME, message, is_open[0].file, is_open[0].line)
    django = value.django or f"=={generated.django}.*"
    value = replace(value, as_of=generated.as_of, django=django)
    return replace(read, value=replace(read.value, value=value))


def _may_be(series: str, specifiers: str) -> bool:
    """Whether some release of a series of Django is admitted."""
    # Loaded here: few projects need it.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    try:
        bounds = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return False
    return any(bounds.contains(f"{series}.{patch}") for patch in range(_PATCHES))


def _with_django(read: DependencyRead) -> DependencyRead:
    """With every word on Django's version, those of constraints too."""
    said = [each.specifier for each in read.requirements if each.name == "django"]
    value = replace(read.value.value, django=",".join(filter(None, said)))
    return replace(read, value=replace(read.value, value=value))


def _in_folder(tree: Tree, folder: str, remarks: Remarks) -> DependencyRead | None:
    project = join(folder, "pyproject.toml")
    workspace = _workspace(tree, folder) if tree.has(project) else ""
    if workspace:
        return _uv(tree, folder, workspace, remarks)
    locked = find_locked(tree, folder, remarks, LOCKS)
    if locked is not None:
        return locked
    for name in _REQUIREMENTS:
        path = join(folder, name)
        if tree.has(path) and tree.read(path).strip():
            return _requirements(tree, folder, path, remarks)
    return (
        find_locked(tree, folder, remarks, POETRY_PROJECT)
        or (_pyproject(tree, folder, remarks) if tree.has(project) else None)
        or find_locked(tree, folder, remarks, PIPFILE)
        or _setup(tree, folder, remarks)
        or _oddly_named(tree, folder, remarks)
        or _conda(tree, folder, remarks)
    )


def _oddly_named(tree: Tree, folder: str, remarks: Remarks) -> DependencyRead | None:
    """A list under another name, or a misspelt one, the most alike first. It has to name Django,
    for many things are in a packages.txt."""
    from difflib import SequenceMatcher  # noqa: PLC0415 few lists are named oddly

    beside = {path.rpartition("/")[2]: path for path in tree.paths if parent(path) == folder}
    alike = {
        name: SequenceMatcher(None, name.lower(), "requirements.txt").ratio()
        for name in beside
        if name.lower() in _OTHER_NAMES or re.fullmatch(r"[a-z]+\.\w+", name.lower())
    }
    for name in sorted(alike, key=lambda name: (-alike[name], name)):
        if name.lower() not in _OTHER_NAMES and alike[name] < _ALIKE:
            continue
        path = beside[name]
        if any(_DJANGO.match(text) for _, text in logical_lines(tree.text(path))):
            remarks.say(ODD_NAME, f"{path} is taken for the list of packages", path, 1)
            return _requirements(tree, folder, path, remarks)
    return None


def _requirements(tree: Tree, folder: str, path: str, remarks: Remarks) -> DependencyRead:
    read = read_requirements(tree, path, remarks, folder)
    return _listed("requirements", path, read)


def _setup(tree: Tree, folder: str, remarks: Remarks) -> DependencyRead | None:
    """What setuptools builds the project from; where only a build shows what it takes, or makes
    more than modules, it is built too."""
    # Loaded here, as all that few projects have: a check is to start at once.
    from nuages.inspect.lists.setup import read_setup  # noqa: PLC0415

    said = read_setup(tree, folder, remarks)
    if said is None or not (said.requirements.lines or not said.whole):
        return None
    read = said.requirements
    read.files, read.differs = list(dict.fromkeys((*said.files, *read.files))), True
    naming = (each.file for each in read.requirements if each.file in said.files)
    found = _listed("setup", next(naming, said.files[-1]), read)
    if said.whole and not said.builds:
        return found
    value = replace(found.value.value, library=said.files[-1])
    return replace(found, value=replace(found.value, value=value))


def _conda(tree: Tree, folder: str, remarks: Remarks) -> DependencyRead | None:
    for name in CONDA_FILES:
        path = join(folder, name)
        if tree.has(path):
            read = read_conda(tree, path, remarks)
            return _listed("conda", path, read) if read.lines else None
    return None


def _listed(kind: str, path: str, read: RequirementsRead) -> DependencyRead:
    # A line that says nothing: with none at all, the file itself would be installed from.
    lines = tuple(read.lines) or ("#",)
    pins = {each.name: each.pin for each in read.requirements if each.pin}
    value = Dependencies(
        kind=kind,
        root=read.folder,
        files=tuple(read.files),
        names=frozenset(each.name for each in read.requirements if not each.constraint),
        pins=tuple(sorted(pins.items())),
        local=read.local,
        lines=lines if read.differs else (),
        constraints=tuple(read.constraints) if read.differs else (),
        options=_options(read.options),
    )
    return DependencyRead(Fact(value, f"{path} lists the packages", file=path, line=1),
                          tuple(read.requirements))  # fmt: skip


def _options(found: list[str]) -> tuple[str, ...]:
    """Each once; without an index only where there is something in the place of one."""
    kept = dict.fromkeys(found)
    if not any(each.startswith("--find-links") for each in kept):
        kept.pop("--no-index", None)
    return tuple(kept)


def _workspace(tree: Tree, folder: str) -> str:
    """The folder whose uv.lock has the project in `folder`: its own, or one above it, of whose
    workspace it is a member; empty where there is none."""
    above = folder
    while not tree.has(join(above, "uv.lock")):
        if above == ".":
            return ""
        above = parent(above)
    from nuages.inspect.locks.uv import is_member  # noqa: PLC0415

    if above == folder or is_member(tree.text(join(above, "uv.lock")), _below(folder, above)):
        return above
    return ""


def _below(folder: str, above: str) -> str:
    return folder if above == "." else folder.removeprefix(f"{above}/")


def _uv(tree: Tree, folder: str, workspace: str, remarks: Remarks) -> DependencyRead:
    from nuages.inspect.locks.uv import read_uv_lock  # noqa: PLC0415

    lock, project = join(workspace, "uv.lock"), join(folder, "pyproject.toml")
    if not re.search(r"^version = \d", tree.text(lock), re.MULTILINE):
        remarks.say(BAD_REQUIREMENTS, f"{lock} is no lock of uv", lock, 1, "Write it anew: uv lock")
    document = load_toml(tree, project, remarks)
    declared = _declared(document, tree, project)
    place = "." if folder == workspace else _below(folder, workspace)
    locked = read_uv_lock(tree.text(lock), _default_groups(document), place)
    value = Dependencies(
        kind="uv",
        root=workspace,
        files=(project, lock),
        names=frozenset(each.name for each in declared),
        pins=tuple(sorted(locked.pins.items())),
        local=locked.local,
        options=source_options(tree, workspace, "uv"),
    )
    return DependencyRead(Fact(value, f"{lock} locks the packages", file=lock, line=1),
                          tuple(declared))  # fmt: skip


def _default_groups(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups that uv installs unasked."""
    tool = document.get("tool")
    uv = tool.get("uv") if isinstance(tool, Mapping) else None
    said = uv.get("default-groups") if isinstance(uv, Mapping) else None
    return tuple(map(str, said)) if isinstance(said, list) else (said,) if said == "all" else ()


def _dynamic(
    tree: Tree, path: str, document: Mapping[str, Any], remarks: Remarks
) -> RequirementsRead | None:
    from nuages.inspect.lists.setup import read_dynamic  # noqa: PLC0415

    return read_dynamic(tree, path, document, remarks)


def _pyproject(tree: Tree, folder: str, remarks: Remarks) -> DependencyRead | None:
    """A pyproject.toml that lists dependencies; one that only configures tools is none."""
    path = join(folder, "pyproject.toml")
    document = load_toml(tree, path, remarks)
    project = document.get("project")
    dynamic = project.get("dynamic") if isinstance(project, Mapping) else None
    # Then the build system has the word, which may read any file of the project.
    is_dynamic = isinstance(dynamic, list) and "dependencies" in dynamic
    if not isinstance(project, Mapping) or not ("dependencies" in project or is_dynamic):
        return None
    told = _dynamic(tree, path, document, remarks) if is_dynamic else None
    if told is not None:
        told.differs, told.files = True, [path, *told.files]
        return _listed("pyproject", path, told)
    declared = _declared(document, tree, path)
    pins = {each.name: each.pin for each in declared if each.pin}
    value = Dependencies(
        kind="pyproject",
        root=folder,
        files=(path,),
        names=frozenset(each.name for each in declared),
        pins=tuple(sorted(pins.items())),
        options=source_options(tree, folder, "uv"),
        local=is_dynamic
        or _names_a_path(document.get("tool"))
        or any(each.specifier.startswith("@ file:") for each in declared),
    )
    return DependencyRead(Fact(value, f"{path} lists the packages", file=path, line=1),
                          tuple(declared))  # fmt: skip


def _names_a_path(tool: object) -> bool:
    """Whether uv's part of a pyproject.toml takes a package from the source."""
    uv = tool.get("uv") if isinstance(tool, Mapping) else None
    sources = uv.get("sources") if isinstance(uv, Mapping) else None
    return any(
        isinstance(wanted, Mapping) and ("path" in wanted or "workspace" in wanted)
        for wanted in (sources.values() if isinstance(sources, Mapping) else ())
    )


def _declared(document: Mapping[str, Any], tree: Tree, path: str) -> list[Requirement]:
    """The dependencies of [project]."""
    text = tree.text(path)
    project = document.get("project")
    listed = project.get("dependencies") if isinstance(project, Mapping) else None
    found: list[Requirement] = []
    for entry in listed if isinstance(listed, list) else ():
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*([^;]*)", str(entry))
        if match:
            line = _line_of(text, str(entry))
            found.append(Requirement(normalised(match[1]), match[2].strip(" ()"), path, line))
    return found


def _line_of(text: str, entry: str) -> int:
    position = text.find(entry)
    return text.count("\n", 0, position) + 1 if position >= 0 else 1


def _say_others(tree: Tree, chosen: Dependencies, remarks: Remarks) -> None:
    """Other dependency files in the same folder, which are passed over."""
    names = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt",
             "Pipfile.lock", "Pipfile", *CONDA_FILES)  # fmt: skip
    # A Pipfile belongs to its lock.
    pipfile = {join(chosen.root, "Pipfile")} if chosen.kind == "pipenv" else set()
    own = {*chosen.files, *pipfile}
    beside = [join(chosen.root, name) for name in names]
    others = [path for path in beside if tree.has(path) and path not in own]
    if others:
        used = chosen.files[0] if chosen.kind == "requirements" else chosen.files[-1]
        message = f"{used} is installed from; passed over: {', '.join(others)}"
        remarks.say(SEVERAL_SYSTEMS, message, used)
