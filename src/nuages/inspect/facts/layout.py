"""Where the project lies in the source: the folder of manage.py, or of the settings' package."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from nuages.core.facts import Fact
from nuages.inspect.declared.layout import (
    BAD_ROOT,
    NO_MANAGE,
    NO_PROJECT,
    NOT_AT_TOP,
    PROJECT_TEMPLATE,
    SEVERAL_PROJECTS,
)
from nuages.inspect.facts.named_settings import named_settings
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, join, parent

# Folders that hold a project beside the real one: tests, examples, templates of projects.
_ASIDE = re.compile(
    r"tests?|testing|test_?(?:app|project|proj|site)s?|examples?|example_?(?:app|project|site)?"
    r"|demos?|demo_?(?:app|project|site)?|sandbox|samples?|docs?|fixtures|templates?"
    r"|project_?templates?|conf|skeletons?|benchmarks?|vendor|third_?party|.*\{\{.*",
    re.IGNORECASE,
)
_MANAGE = (b"execute_from_command_line", b"DJANGO_SETTINGS_MODULE", b"execute_manager")
_PLACEHOLDER = re.compile(rb"(?:DJANGO_SETTINGS_MODULE|ROOT_URLCONF).{0,40}\{[{%]", re.DOTALL)
_TEMPLATE_NAMES = tuple(f"manage.py{end}" for end in ("-tpl", ".tpl", ".tmpl", ".jinja", ".j2"))
_DEPENDENCIES = ("requirements.txt", "pyproject.toml", "Pipfile", "uv.lock", "setup.py")
_SERVED = (b"get_wsgi_application", b"get_asgi_application", b"WSGIHandler", b"ASGIHandler")
_TIE = 5
_SEEN = 25


@dataclass(frozen=True, slots=True)
class Layout:
    """The project's folder, and its manage.py (empty where there is none); then `entry` is the
    file of a program that does the same, where there is one. `one_file` is the file that is the
    whole project: it configures Django itself and has what is served."""

    root: Fact[str]
    manage: Fact[str]
    entry: str = ""
    one_file: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: str
    folder: str
    score: int


def find_layout(tree: Tree, said: Said, remarks: Remarks) -> Layout | None:
    """The project's place; None, with an error said, where there is none or no clear one."""
    if said.overrides.root:
        return _named(tree, Fact(said.overrides.root, "--root", "flag"), remarks)
    if said.config.root:
        return _named(tree, said.fact(said.config.root, "build.root"), remarks)
    candidates = _candidates(tree)
    if not candidates:
        return _without_manage(tree, remarks)
    best = candidates[0]
    near = [each for each in candidates if best.score - each.score < _TIE]
    if len(near) > 1:
        folders = ", ".join(each.folder for each in near)
        remarks.say(
            SEVERAL_PROJECTS,
            f"{len(near)} folders hold a project: {folders}",
            near[0].path,
            fix=f"Name one: --root {near[0].folder}, or in deploy.toml: "
            f'[build] root = "{near[0].folder}"',
        )
        return None
    reason = _reason(best, candidates)
    if best.folder != ".":
        remarks.say(
            NOT_AT_TOP, f"manage.py not found at the top; it is in {best.folder}", best.path
        )
    return Layout(
        Fact(best.folder, reason, file=best.path),
        Fact(best.path, reason, file=best.path),
        one_file=best.path if _is_one_file(tree, best.path) else "",
    )


def _reason(best: _Candidate, candidates: list[_Candidate]) -> str:
    if len(candidates) == 1:
        return "the only manage.py"
    others = ", ".join(each.path for each in candidates if each is not best)
    return f"the likeliest manage.py; also found: {others}"


def _candidates(tree: Tree) -> list[_Candidate]:
    """The folders of real projects with a manage.py, the likeliest first."""
    found: dict[str, _Candidate] = {}
    for path in tree.named("manage.py"):
        if _is_manage(tree, path) and not _is_template(tree, path):
            candidate = _scored(tree, _place(tree, path))
            found.setdefault(candidate.folder, candidate)
    return sorted(found.values(), key=lambda each: (-each.score, each.path))


def _is_manage(tree: Tree, path: str) -> bool:
    content = tree.read(path)
    return any(mark in content for mark in _MANAGE)


def _place(tree: Tree, path: str) -> str:
    """Where a manage.py is: for a link, what it leads to, since Python imports from the folder of
    the script itself; unless the settings lie beside the link alone."""
    real = tree.behind(path)
    if not real or real == path:
        return path
    beside = [
        place
        for place in (real, path)
        if any(named.is_in(tree, parent(place)) for named in named_settings(tree, path))
    ]
    return beside[0] if beside else real


def _is_template(tree: Tree, path: str) -> bool:
    """Whether a file belongs to a template of projects, by a placeholder in its path, or in the
    name of the module that it gives, of settings or of URLs."""
    return "{{" in path or "{%" in path or _PLACEHOLDER.search(tree.read(path)) is not None


def _scored(tree: Tree, path: str) -> _Candidate:
    """A candidate: near to the top, settings that exist, dependencies beside, not set aside."""
    folder = parent(path)
    parts = [] if folder == "." else folder.split("/")
    score = -10 * len(parts)
    score -= 40 * is_aside(parts)
    score += 5 * any(tree.has(join(folder, name)) for name in _DEPENDENCIES)
    score += 5 * tree.has(join(folder, "Procfile"))
    score += 20 * any(named.is_in(tree, folder) for named in named_settings(tree, path))
    return _Candidate(path, folder, score)


def is_aside(folders: Iterable[str]) -> bool:
    """Whether one of these folders usually holds something beside the real project."""
    return any(_ASIDE.fullmatch(folder) is not None for folder in folders)


def _named(tree: Tree, said: Fact[str], remarks: Remarks) -> Layout | None:
    """The folder that somebody named; it needs no manage.py of its own."""
    folder = join(".", said.value.strip().rstrip("/") or ".")
    if said.value.startswith("/") or folder.startswith("..") or not _exists(tree, folder):
        folders = ", ".join(sorted({parent(path) for path in tree.named("manage.py")}))
        fix = f"Folders with a manage.py: {folders}" if folders else ""
        message = f"{said.reason} names '{said.value}', which is no folder of the source"
        remarks.say(BAD_ROOT, message, said.file, said.line, fix)
        return None
    manage = join(folder, "manage.py")
    place = replace(said, value=folder)
    if tree.has(manage) and _is_template(tree, manage):
        message = f"{manage} is part of a template of projects"
        remarks.say(PROJECT_TEMPLATE, message, manage)
        return None
    if tree.has(manage):
        return Layout(place, Fact(manage, f"in the folder that {said.reason} names", file=manage))
    remarks.say(NO_MANAGE, f"manage.py not found in {folder}")
    return Layout(place, Fact("", "there is none in the named folder"))


def _exists(tree: Tree, folder: str) -> bool:
    return folder == "." or folder in tree.folders


def _without_manage(tree: Tree, remarks: Remarks) -> Layout | None:
    """By wsgi.py, asgi.py, a program that does what manage.py does, or a settings module: the
    folder from which they are imported."""
    path, entry = _sign(tree)
    if path:
        remarks.say(NO_MANAGE, f"manage.py not found; the project was found by {path}")
        reason = f"{path} is imported from here; there is no manage.py"
        place = Fact(_import_root(tree, path), reason, file=path)
        one_file = path if _is_one_file(tree, path) else ""
        return Layout(place, Fact("", "there is none"), entry, one_file)
    template = _template(tree)
    if template:
        message = f"{template} is part of a template of projects; no project is in the source"
        remarks.say(PROJECT_TEMPLATE, message, template)
        return None
    left_out = [out for out in tree.source.left_out if out.path.endswith("manage.py")]
    message = "manage.py not found, and no wsgi.py, asgi.py or settings.py of Django either"
    if left_out:
        message += f"; {left_out[0].path} was left out by {left_out[0].rule}"
    remarks.say(NO_PROJECT, f"{message}. The source has: {_listing(tree)}")
    return None


def _sign(tree: Tree) -> tuple[str, str]:
    """The file that shows where a project without manage.py lies, and the program that stands
    for its manage.py; empty where there is none."""
    program = _program(tree)
    path = (
        _marked(tree, "wsgi.py", b"get_wsgi_application")
        or _marked(tree, "asgi.py", b"get_asgi_application")
        or program
        or _one_file(tree)
        or _marked(tree, "settings.py", b"ROOT_URLCONF")
    )
    return path, program


def _one_file(tree: Tree) -> str:
    """The file nearest to the top that is a project by itself and is not set aside."""
    found = [
        path
        for path in tree.paths
        if path.endswith(".py")
        and _is_one_file(tree, path)
        and not is_aside(path.split("/")[:-1])
        and not _is_template(tree, path)
    ]
    return min(found, key=lambda path: (path.count("/"), path), default="")


def _is_one_file(tree: Tree, path: str) -> bool:
    """Whether a file gives Django its settings as arguments, and makes what is served."""
    content = tree.read(path)
    return (
        b"DJANGO_SETTINGS_MODULE" not in content
        and b"settings.configure(" in content
        and any(mark in content for mark in _SERVED)
    )


def _marked(tree: Tree, name: str, mark: bytes) -> str:
    """The nearest file of this name with `mark` in it; those that are set aside come last."""
    found = [
        path
        for path in tree.named(name)
        if mark in tree.read(path) and not _is_template(tree, path)
    ]
    return min(found, key=lambda path: is_aside(path.split("/")[:-1]), default="")


def _program(tree: Tree) -> str:
    """A file that names the settings and runs Django's commands, as a console script of an
    installed package does; the nearest to the top that is not set aside."""
    found = [
        path
        for path in tree.paths
        if path.endswith(".py")
        and b"execute_from_command_line" in tree.read(path)
        and not _is_template(tree, path)
        and any(each.is_in(tree, _import_root(tree, path)) for each in named_settings(tree, path))
        and not is_aside(path.split("/")[:-1])
    ]
    return min(found, key=lambda path: (path.count("/"), path), default="")


def _template(tree: Tree) -> str:
    """A file of a template of projects; empty where there is none."""
    names = ("manage.py", "settings.py", "wsgi.py", *_TEMPLATE_NAMES)
    for path in (path for name in names for path in tree.named(name)):
        if path.endswith(_TEMPLATE_NAMES) or _is_template(tree, path):
            return path
    return ""


def _import_root(tree: Tree, path: str) -> str:
    """The folder above the package of `path`: where the settings that it names are found, else
    the first folder that is no package."""
    named = named_settings(tree, path)
    folder = parent(path)
    while True:
        if any(each.is_in(tree, folder) for each in named):
            return folder
        if folder == ".":
            break
        folder = parent(folder)
    folder = parent(path)
    while folder != "." and tree.has(join(folder, "__init__.py")):
        folder = parent(folder)
    return folder


def _listing(tree: Tree) -> str:
    """What lies at the top of the source, as a person would list it."""
    tops = sorted({f"{p.partition('/')[0]}{'/' if '/' in p else ''}" for p in tree.paths})
    more = f", and {len(tops) - _SEEN} more" if len(tops) > _SEEN else ""
    return ", ".join(tops[:_SEEN]) + more
