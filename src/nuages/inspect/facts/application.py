"""How the app is called: WSGI or ASGI, and by which `module:callable`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import partial

from nuages.core.facts import Fact
from nuages.inspect.declared.layout import NO_WSGI, NOT_CALLABLE, NOTHING_SERVED
from nuages.inspect.evaluate import text_of
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.layout import is_aside
from nuages.inspect.facts.named_settings import named_settings
from nuages.inspect.tree import Tree, join

# Distributions that a project declares because it is served by ASGI.
_ASGI = frozenset({"channels", "daphne", "uvicorn", "hypercorn"})
_CALLABLES = ("application", "app")


@dataclass(frozen=True, slots=True)
class Application:
    """`interface` is `wsgi` or `asgi`; `application` is `module:callable`, empty where it has
    to be synthesised from the settings module."""

    interface: Fact[str]
    application: Fact[str]


def entry_files(tree: Tree, root: str, manage: str, name: str) -> list[str]:
    """The files called `name` (wsgi.py, asgi.py) below the project's folder that make Django's
    application: those in the package of the settings that manage.py names first, then those
    that lie in no folder of tests or examples, then the nearest."""
    prefix = "" if root == "." else f"{root}/"
    marks = (b"get_wsgi_application", b"get_asgi_application", b"DJANGO_SETTINGS_MODULE")
    named = named_settings(tree, manage) if manage else []
    packages = {each.module.partition(".")[0] for each in named}

    def rank(path: str) -> tuple[bool, bool, int, str]:
        *folders, _ = path[len(prefix) :].split("/")
        return packages.isdisjoint(folders[:1]), is_aside(folders), len(folders), path

    found = [
        path
        for path in tree.named(name)
        if path.startswith(prefix) and any(mark in tree.read(path) for mark in marks)
    ]
    return sorted(found, key=rank)


def find_application(evidence: Evidence) -> Application:
    """Decide the interface and the callable."""
    config = evidence.said.config
    interface = _interface(evidence)
    wanted = config.asgi if interface.value == "asgi" else config.wsgi
    if wanted:
        return Application(interface, evidence.said.fact(wanted, f"build.{interface.value}"))
    if evidence.layout.one_file and evidence.read.files == [evidence.layout.one_file]:
        return Application(interface, _of_one_file(evidence))
    found = _by_setting(evidence, f"{interface.value.upper()}_APPLICATION") or _by_file(
        evidence, f"{interface.value}.py"
    )
    if found is not None:
        return Application(interface, found)
    if interface.value == "wsgi":
        message = "wsgi.py not found; Django's own application is served instead"
        evidence.remarks.say(NO_WSGI, message)
    reason = f"no {interface.value}.py: Django's own application for the settings module"
    return Application(interface, Fact("", reason, "default"))


def _interface(evidence: Evidence) -> Fact[str]:
    said = evidence.said
    if said.config.wsgi or said.config.asgi:
        kind = "asgi" if said.config.asgi else "wsgi"
        return said.fact(kind, f"build.{kind}", f"[build] {kind} is named")
    assigned = evidence.read.assigned.get("ASGI_APPLICATION")
    if assigned is not None and not _is_none(assigned.node):
        reason = "ASGI_APPLICATION is set"
        return Fact("asgi", reason, file=assigned.file, line=assigned.line)
    one_file = evidence.tree.read(evidence.layout.one_file)
    if b"get_asgi_application" in one_file and b"get_wsgi_application" not in one_file:
        return Fact("asgi", "the file makes an ASGI application", file=evidence.layout.one_file)
    declared = sorted(evidence.dependencies.value.value.names & _ASGI)
    if declared:
        return Fact("asgi", f"{declared[0]} is among the dependencies")
    entry = partial(entry_files, evidence.tree, evidence.root, evidence.layout.manage.value)
    if "WSGI_APPLICATION" not in evidence.read.assigned and not entry("wsgi.py"):
        for path in entry("asgi.py"):
            return Fact("asgi", f"there is {path}, and no wsgi.py", file=path, line=1)
    return Fact("wsgi", "nothing asks for ASGI", "default")


def _of_one_file(evidence: Evidence) -> Fact[str]:
    """What is served by the file that is the whole project; empty, with an error said, where it
    has no name that could be imported."""
    path = evidence.layout.one_file
    below = path if evidence.root == "." else path.removeprefix(f"{evidence.root}/")
    module = below.removesuffix(".py").replace("/", ".")
    for name in _CALLABLES:
        if evidence.tree.module(module, evidence.root) and _has(evidence.tree, path, name):
            return Fact(f"{module}:{name}", f"{path} has it", file=path, line=1)
    message = f"{path} configures Django itself, and has neither `application` nor `app`"
    evidence.remarks.say(NOTHING_SERVED, message, path, 1)
    return Fact("", "nothing was found that could be served")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _by_setting(evidence: Evidence, setting: str) -> Fact[str] | None:
    """What the setting names, if its module is there."""
    tree, read = evidence.tree, evidence.read
    assigned = read.assigned.get(setting)
    if assigned is None:
        return None
    dotted = text_of(assigned.node, assigned.file, read.expressions())
    module, _, name = dotted.rpartition(".")
    if not module:
        return None
    path = tree.module(module, evidence.root)
    if path and _has(tree, path, name):
        place = assigned.file
        return Fact(f"{module}:{name}", f"{setting} names it", file=place, line=assigned.line)
    message = f"{setting} names {dotted}, which is not in the source"
    evidence.remarks.say(NOT_CALLABLE, message, assigned.file, assigned.line)
    return None


def _by_file(evidence: Evidence, name: str) -> Fact[str] | None:
    tree, root = evidence.tree, evidence.root
    for path in entry_files(tree, root, evidence.layout.manage.value, name):
        below = path if root == "." else path[len(join(root, ".")) + 1 :]
        dotted = below.removesuffix(".py").replace("/", ".")
        for each in _CALLABLES:
            if tree.module(dotted, root) and _has(tree, path, each):
                return Fact(f"{dotted}:{each}", f"{path} has it", file=path, line=1)
    return None


def _has(tree: Tree, path: str, name: str) -> bool:
    """Whether a module binds `name` at its top level, as far as can be seen."""
    module = tree.parse(path)
    if module is None:
        # Perhaps written for another Python: the word must do.
        return name.encode() in tree.read(path)
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return True
        if isinstance(node, (ast.Import, ast.ImportFrom)) and any(
            (alias.asname or alias.name) in (name, "*") for alias in node.names
        ):
            return True
    return False
