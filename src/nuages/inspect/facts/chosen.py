"""Which settings module the app runs with: the one that is named, where it is for production."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby

from nuages.core.facts import Fact
from nuages.inspect.declared.chosen_settings import (
    NO_SETTINGS,
    PRODUCTION_PASSED_OVER,
    PRODUCTION_PREFERRED,
    SETTINGS_COMPUTED,
    SETTINGS_DIFFER,
    SETTINGS_MISSING,
)
from nuages.inspect.examples import settings_from_example
from nuages.inspect.facts.layout import is_aside
from nuages.inspect.facts.named_settings import ANY, NamedSettings, named_settings
from nuages.inspect.facts.settings import read_settings
from nuages.inspect.imports import Absent, absent_modules
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, parent

DEVELOPMENT = ("local", "dev", "develop", "development", "debug", "test", "tests", "testing", "ci")
PRODUCTION = ("production", "prod", "live", "deploy", "deployment", "prd", "heroku")


def choose_settings(
    tree: Tree,
    root: str,
    named_by: list[str],
    said: Said,
    remarks: Remarks,
) -> Fact[str]:
    """The settings module. `named_by` are the files that may name it, the ones to believe
    first in front. An empty value comes with an error said."""
    config = said.overrides.variables
    variable = config.get("DJANGO_SETTINGS_MODULE", "")
    if variable:
        where = "the config var DJANGO_SETTINGS_MODULE"
        return _said_by(tree, root, Fact(variable, where, "environment"), remarks)
    if said.config.settings:
        return _said_by(tree, root, said.fact(said.config.settings, "build.settings"), remarks)
    named = [each for path in named_by for each in named_settings(tree, path, config=config)]
    found = [each for each in named if _members(tree, root, each)]
    if found:
        fact = _best(tree, root, found, remarks)
    else:
        from_example = settings_from_example(tree, root, named, remarks)
        if from_example is not None:
            return from_example
        fact = _searched(tree, root)
    until = found[0] if found else None
    for each in named:
        if each is until:
            break
        taken = f"; {fact.value} is taken" if fact.value else ""
        message = f"{each.file} names {each.module}, which is not in the source{taken}"
        remarks.say(SETTINGS_MISSING, message, each.file, each.line)
    if not fact.value:
        remarks.say(
            NO_SETTINGS,
            f"No settings module was found in {root}: nothing names one, and no settings.py is "
            "in the source",
        )
    return fact


def _said_by(tree: Tree, root: str, fact: Fact[str], remarks: Remarks) -> Fact[str]:
    """A module that somebody named outright: taken, or an error."""
    if not tree.module(fact.value, root):
        message = f"{fact.reason} names {fact.value}, which is not in {root}"
        remarks.say(NO_SETTINGS, message, fact.file, fact.line)
    return fact


def _best(tree: Tree, root: str, found: list[NamedSettings], remarks: Remarks) -> Fact[str]:
    """The first of the named modules that is not for development, or that has one for
    production beside it; else the first of all."""
    best = next(
        (
            each
            for each in found
            if not _is_development(each.module)
            or each.outright
            or any(tree.module(sibling, root) for sibling in _siblings(each.module))
        ),
        found[0],
    )
    fact = _preferred(tree, root, best, remarks)
    files = {best.file}
    for each in found:
        if each.file not in files and ANY not in best.module + each.module:
            files.add(each.file)
            # Settings for development in manage.py are as usual as those for serving in wsgi.py.
            differs = each.module not in (best.module, fact.value)
            if differs and not _is_development(each.module):
                message = f"{best.file} names {best.module}, {each.file} names {each.module}"
                message += f"; {fact.value} is taken"
                remarks.say(SETTINGS_DIFFER, message, each.file, each.line)
    return fact


def _preferred(tree: Tree, root: str, named: NamedSettings, remarks: Remarks) -> Fact[str]:
    """The module that is named, or its production sibling where it is for development."""
    if ANY in named.module:
        module = _members(tree, root, named)[0]
        why = f"{named.file} computes the name {named.module}; {module} is taken"
        remarks.say(SETTINGS_COMPUTED, why, named.file, named.line)
        return Fact(module, why, file=named.file, line=named.line)
    for sibling in _to_prefer(tree, root, named):
        if not tree.module(sibling, root):
            continue
        absent = _hindrance(tree, root, sibling)
        if absent is not None and _hindrance(tree, root, named.module) is None:
            message = f"{sibling} imports {absent.module}, which is not in the source"
            message += f"; {named.module} is taken"
            remarks.say(PRODUCTION_PASSED_OVER, message, absent.file, absent.line)
            continue
        why = f"{named.file} names {named.module}; {sibling} lies beside it"
        remarks.say(PRODUCTION_PREFERRED, why, named.file, named.line)
        return Fact(sibling, why, file=tree.module(sibling, root), line=1)
    return Fact(named.module, f"named in {named.file}", file=named.file, line=named.line)


def _to_prefer(tree: Tree, root: str, named: NamedSettings) -> Iterator[str]:
    """The modules that would be better than the named one, the best first."""
    # What the file that is served assigns outright cannot be changed from outside.
    if named.outright and not named.file.endswith("manage.py"):
        return
    if _says_nothing(tree, root, named.module):
        yield from (f"{named.module}.{name}" for name in PRODUCTION)
    elif _is_development(named.module):
        yield from _siblings(named.module)


def _is_development(module: str) -> bool:
    last = module.rpartition(".")[2].lower()
    return any(word in DEVELOPMENT for word in last.split("_"))


def _siblings(module: str) -> Iterator[str]:
    """The names that a module for development has where it is for production (`dev_settings`:
    `production_settings`, `prod_settings`, …)."""
    package, dot, last = module.rpartition(".")
    for name in PRODUCTION:
        words = [name if word in DEVELOPMENT else word for word in last.lower().split("_")]
        # `dev_local` is one word for it.
        sibling = "_".join(word for word, _ in groupby(words))
        if sibling != last:
            yield f"{package}{dot}{sibling}"


def _hindrance(tree: Tree, root: str, module: str) -> Absent | None:
    """An import of the project's own that keeps a settings module from being loaded."""
    for path in read_settings(tree, root, module).files:
        for absent in absent_modules(tree, root, path):
            if absent.own and not absent.guarded:
                return absent
    return None


def _members(tree: Tree, root: str, named: NamedSettings) -> list[str]:
    """The modules of the source that the name may stand for, the likeliest first."""
    if ANY not in named.module:
        return [named.module] if named.is_in(tree, root) else []
    if not named.is_in(tree, root):
        return []
    dotted = (_dotted(path, root) for path in tree.paths if path.endswith(".py"))
    depth = named.module.count(".")
    found = [
        module
        for module in dotted
        if module.count(".") == depth and fnmatchcase(module, named.module)
    ]
    return sorted(found, key=_likelihood)


def _likelihood(module: str) -> tuple[int, str]:
    words = set(module.rpartition(".")[2].lower().split("_"))
    for rank, name in enumerate(PRODUCTION):
        if name in words:
            return rank, module
    later = len(PRODUCTION)
    return later + (not words.isdisjoint(DEVELOPMENT)) + 2 * ("base" in words), module


def _dotted(path: str, root: str) -> str:
    """The name by which a file is imported with `root` on the path; empty for one outside."""
    below = path if root == "." else path.removeprefix(f"{root}/") if path.startswith(root) else ""
    return below.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _says_nothing(tree: Tree, root: str, module: str) -> bool:
    """Whether the module is a package whose __init__.py holds no statement."""
    path = tree.module(module, root)
    if not path.endswith("__init__.py"):
        return False
    parsed = tree.parse(path)
    return parsed is not None and not any(not isinstance(node, ast.Expr) for node in parsed.body)


def _searched(tree: Tree, root: str) -> Fact[str]:
    """A settings module that nobody names: by its name and by what is in it. Empty if none."""
    found: list[tuple[bool, int, int, str, str]] = []
    for path in tree.paths:
        if not path.endswith(".py") or (root != "." and not path.startswith(f"{root}/")):
            continue
        stem = path.rpartition("/")[2][:-3]
        in_package = parent(path).rpartition("/")[2] == "settings"
        if stem not in ("settings", *PRODUCTION, "base", "common") or not (
            in_package or stem == "settings"
        ):
            continue
        content = tree.read(path)
        if b"ROOT_URLCONF" in content or b"INSTALLED_APPS" in content or b"import *" in content:
            dotted = _dotted(path, root)
            rank = 0 if stem in PRODUCTION else 1 if stem == "settings" else 2
            depth = dotted.count(".") - in_package
            aside = is_aside(dotted.split(".")[:-1])
            found.append((aside, depth, rank, dotted, path))
    if not found:
        return Fact("", "no settings module was found")
    *_, dotted, path = min(found)
    return Fact(
        dotted, f"nothing names a settings module; {path} looks like one", file=path, line=1
    )
