"""The front ends of a project: where they lie, how they are built, and whether Django needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nuages.core.facts import Fact, FrontEnd
from nuages.inspect.declared.frontend import NO_BUILD_SCRIPT, NO_FRONT_END_LOCK, NOT_BUILT
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.static import static_folders, template_folders
from nuages.inspect.frontend.needs import (
    FILES,
    PAGES,
    Need,
    find_needs,
    named_packages,
    packages_folders,
)
from nuages.inspect.frontend.node import find_node, line_of, say_unavailable
from nuages.inspect.frontend.outputs import written_by
from nuages.inspect.frontend.package import NAME, Package, read_package
from nuages.inspect.frontend.pages import referred_files
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

# A project has few; a tree of examples and fixtures has many, and none is the project's.
_MOST = 12
# Folders whose package.json is somebody else's.
_FOREIGN = re.compile(
    r"(^|/)(static|assets/vendor|vendor|tests?|e2e|docs?|examples?|fixtures|storybook|"
    r"\.github|dev-tools|cypress)(/|$)"
)
# Where Create React App, Vite and Vue CLI write to unless they are told otherwise.
_USUAL_OUTPUTS = ("build", "dist")
# Runners of tasks, the files that define these, and how a task `build` is defined there.
_TASKS = (
    (
        "gulp",
        ("gulpfile.js", "gulpfile.mjs", "gulpfile.cjs", "gulpfile.babel.js", "gulpfile.esm.js",
         "Gulpfile.js"),
        re.compile(
            r"exports\.build\b|task\(\s*['\"]build['\"]|export\s+(?:const|function)\s+build\b"
            r"|export\s*\{[^}]*\bbuild\b|exports\s*=\s*\{[^}]*\bbuild\b"
        ),
    ),
    (
        "grunt",
        ("Gruntfile.js", "gruntfile.js", "Gruntfile.cjs"),
        re.compile(r"registerTask\(\s*['\"]build['\"]"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A package.json with its build, where that writes, and which of its packages' own files
    are static files."""

    package: Package
    scripts: tuple[str, ...]
    command: tuple[str, ...]
    outputs: tuple[str, ...]
    served: tuple[str, ...]

    @property
    def builds(self) -> bool:
        return bool(self.scripts or self.command)


def find_front_ends(evidence: Evidence) -> tuple[Fact[FrontEnd], ...]:
    """Every front end, with the reason why it is built or not. What only checks or formats code
    is none."""
    read = (_candidate(evidence, package) for package in _packages(evidence))
    candidates = [found for found in read if found is not None]
    if not candidates:
        return ()
    needs = [*find_needs(evidence), *_page_needs(evidence, candidates)]
    taken = {need: _maker(evidence.tree, need, candidates) for need in needs}
    for need, maker in taken.items():
        if maker is None and need.kind == PAGES:
            evidence.remarks.say(NO_BUILD_SCRIPT, need.reason, need.file, need.line)
    return tuple(
        _front_end(evidence, each, [need for need, maker in taken.items() if maker is each])
        for each in candidates
    )


def _packages(evidence: Evidence) -> list[Package]:
    tree = evidence.tree
    paths = [path for path in tree.named(NAME) if not _FOREIGN.search(parent(path))]
    # Those of the project's own folder and above, then those that lie nearest to it.
    paths.sort(key=lambda path: (_distance(parent(path), evidence.root), path))
    found = (read_package(tree, path, evidence.remarks) for path in paths[:_MOST])
    return [package for package in found if package is not None]


def _distance(folder: str, root: str) -> tuple[int, int]:
    """How far a folder is from the project's: the same, above or inside, elsewhere."""
    depth = 0 if folder == "." else folder.count("/") + 1
    if folder == root:
        return 0, depth
    one, two = (f"{each}/".removeprefix("./") for each in (folder, root))
    return (1 if one.startswith(two) or two.startswith(one) else 2), depth


def _candidate(evidence: Evidence, package: Package) -> _Candidate | None:
    scripts = package.builds()
    command = () if scripts else _command(evidence.tree, package)
    served = _served(evidence, package)
    if not scripts and not command and not served:
        return None
    outputs = written_by(evidence.tree, package, scripts)
    return _Candidate(package, scripts, command, outputs, served)


def _command(tree: Tree, package: Package) -> tuple[str, ...]:
    """The program that builds where no script says so: by the file that configures it."""
    for name, program, arguments in (
        ("vite.config", "vite", ("build",)),
        ("webpack.config", "webpack", ("--mode", "production")),
        ("rollup.config", "rollup", ("-c",)),
    ):
        has = any(
            tree.has(join(package.folder, f"{name}.{end}")) for end in ("js", "mjs", "ts", "cjs")
        )
        if has and program in package.wanted:
            return (program, *arguments)
    for program, names, task in _TASKS:
        text = next(filter(None, (tree.text(join(package.folder, name)) for name in names)), "")
        if program in package.wanted and task.search(text):
            return (program, "build")
    return ()


def _served(evidence: Evidence, package: Package) -> tuple[str, ...]:
    """The packages of this front end whose own files are static files."""
    top = join(package.folder, "node_modules")
    names: list[str] = []
    for folder, _ in packages_folders(evidence):
        if folder in (top, "node_modules"):
            names += [*_shown_packages(evidence, package), *named_packages(evidence)]
        elif folder.startswith(f"{top}/"):
            parts = folder[len(top) + 1 :].split("/")
            names.append("/".join(parts[:2]) if parts[0].startswith("@") else parts[0])
    return tuple(sorted(set(names)))


def _shown_packages(evidence: Evidence, package: Package) -> list[str]:
    """Those of a node_modules that is a folder of static files as a whole: what the front end
    depends on when it runs, and what pages name. Others are tools, and thousands of files."""
    names = " ".join(reference.name for reference in referred_files(evidence))
    return [
        name for name in package.wanted if name in package.dependencies or f"{name}/" in names
    ] or list(package.wanted)


def _page_needs(evidence: Evidence, candidates: Sequence[_Candidate]) -> Iterator[Need]:
    """Folders of templates that are not in the source, and where a front end writes its page."""
    assigned = evidence.read.assigned.get("TEMPLATES")
    for folder in template_folders(evidence.read, evidence.root):
        if assigned is None or folder in evidence.tree.folders:
            continue
        if any(each.builds and _writes_into(each, folder) for each in candidates):
            reason = f"TEMPLATES names {folder}, which is not in the source"
            yield Need(PAGES, folder, reason, assigned.file, assigned.line)


def _writes_into(candidate: _Candidate, folder: str) -> bool:
    """Whether a build writes to `folder`, or would where it says nothing."""
    usual = (join(candidate.package.folder, name) for name in _USUAL_OUTPUTS)
    return any(_makes(output, folder) for output in (*candidate.outputs, *usual))


def _maker(tree: Tree, need: Need, candidates: Sequence[_Candidate]) -> _Candidate | None:
    """The front end that makes what is needed: the one that says it writes there, or in whose
    folder it would lie, else the nearest one whose place of writing is unknown, or not there."""
    building = [each for each in candidates if each.builds]
    for each in building:
        if any(_makes(output, need.path) for output in each.outputs):
            return each
    for each in building:
        folder = each.package.folder
        home = parent(folder) if folder.endswith("static_src") else folder
        if home != "." and need.path.startswith(f"{home}/"):
            return each
    if need.kind == PAGES:
        fitting = [each for each in building if need.tool in each.package.wanted]
        return next(iter(fitting or building), None)
    if need.path.startswith("*/"):
        return next((each for each in building if not _is_made(tree, each)), None)
    return next((each for each in building if not each.outputs), None)


def _is_made(tree: Tree, candidate: _Candidate) -> bool:
    """Whether all that the build is known to write is in the source."""
    outputs = candidate.outputs
    return bool(outputs) and all(tree.has(each) or each in tree.folders for each in outputs)


def _makes(output: str, path: str) -> bool:
    if path.startswith("*/"):
        name = path[2:]
        return output.endswith(f"/{name}") or output == name or _ends_alike(output, name)
    return output == path or path.startswith(f"{output}/") or output.startswith(f"{path}/")


def _ends_alike(output: str, name: str) -> bool:
    """Whether a file called `name` may lie in the folder `output`: `shop/static/dist` and
    `dist/main.css`."""
    folder = name.rpartition("/")[0]
    return folder != "" and f"/{output}/".endswith(f"/{folder}/")


def _front_end(evidence: Evidence, candidate: _Candidate, needs: Sequence[Need]) -> Fact[FrontEnd]:
    package, remarks = candidate.package, evidence.remarks
    needed = [*needs, *_absent(evidence, candidate)]
    reason, file, line = _why(evidence, candidate, needed)
    kind = next((need.kind for need in sorted(needed, key=lambda need: need.kind == FILES)), "")
    if not kind and candidate.served:
        kind = FILES
    if not kind:
        message = f"{package.path} is not built: {reason}"
        remarks.say(NOT_BUILT, message, package.path, line)
        return Fact(_value(evidence, candidate, "nothing", Remarks()), reason, "found", file, line)
    if not package.lock:
        remarks.say(NO_FRONT_END_LOCK, f"{package.path} has no lock file", package.path, 1)
    value = _value(evidence, candidate, kind, remarks)
    say_unavailable(value.node, remarks)
    return Fact(value, reason, "found", file, line)


def _absent(evidence: Evidence, candidate: _Candidate) -> list[Need]:
    """What the build says it writes to a place that Django serves, and that is not there."""
    tree, path = evidence.tree, candidate.package.path
    folders = static_folders(evidence.read)
    found = []
    for output in candidate.outputs:
        served = "/static/" in f"/{output}/" or any(
            f"{output}/".startswith(f"{folder}/") for folder in folders
        )
        if served and not tree.has(output) and output not in tree.folders:
            reason = f"its build writes {output}, which is not in the source"
            line = line_of(tree, path, candidate.scripts[0]) if candidate.scripts else 1
            found.append(Need(FILES, output, reason, path, line))
    return found


def _why(evidence: Evidence, candidate: _Candidate, needs: Sequence[Need]) -> tuple[str, str, int]:
    """The reason for building, or for not building, with its place."""
    path = candidate.package.path
    if needs:
        first = min(needs, key=lambda need: need.kind == FILES)
        return first.reason, first.file, first.line
    if candidate.served:
        _, assigned = packages_folders(evidence)[0]
        return "packages of it are static files", assigned.file, assigned.line
    line = line_of(evidence.tree, path, (candidate.scripts or ("scripts",))[0])
    made = [o for o in candidate.outputs if evidence.tree.has(o) or o in evidence.tree.folders]
    if made:
        return f"what it makes is in the source: {made[0]}", path, line
    return "Django refers to nothing that it makes", path, line


def _value(evidence: Evidence, candidate: _Candidate, need: str, remarks: Remarks) -> FrontEnd:
    package = candidate.package
    return FrontEnd(
        folder=package.folder,
        manager=package.manager,
        version=package.version,
        program=package.program,
        lock=package.lock,
        workspace=package.workspace,
        node=find_node(evidence.tree, package, evidence.said, remarks),
        scripts=candidate.scripts,
        command=candidate.command,
        need=need,
        served=candidate.served,
        reads_python=_reads_python(evidence.tree, package),
    )


def _reads_python(tree: Tree, package: Package) -> bool:
    """Whether names in Python files decide what is made: Tailwind looks for its classes wherever
    it is told to, from version 4 on everywhere."""
    wanted = package.wanted.get("tailwindcss", "")
    if re.match(r"\D*([4-9]|latest)", wanted) or "@tailwindcss/vite" in package.wanted:
        return True
    inside = (path for path in tree.paths if parent(path) in (package.folder, "."))
    return any(
        b".py" in tree.read(path)
        for path in inside
        if path.endswith((".js", ".cjs", ".mjs", ".ts"))
    )
