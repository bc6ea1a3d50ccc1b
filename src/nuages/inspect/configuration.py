"""Which class of django-configurations the settings are made of, where they are made of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from nuages.core.facts import Fact
from nuages.inspect.declared.chosen_settings import CONFIGURATION_PREFERRED
from nuages.inspect.facts.chosen import DEVELOPMENT, PRODUCTION
from nuages.inspect.facts.named_settings import ANY, NamedSettings, named_settings
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree

VARIABLE = "DJANGO_CONFIGURATION"
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def find_configuration(
    tree: Tree, files: Iterable[str], named_by: list[str], said: Said, remarks: Remarks
) -> Fact[str]:
    """The name of the class; empty where the settings, read from `files`, are no classes.
    `named_by` are the files that may name it, the ones to believe first in front. A class for
    production is preferred to one for development."""
    config = said.overrides.variables
    if config.get(VARIABLE):
        return Fact(config[VARIABLE], f"the config var {VARIABLE}", "environment")
    classes = _classes(tree, files)
    named = [
        each
        for path in named_by
        for each in named_settings(tree, path, VARIABLE, config)
        if ANY not in each.module
    ]
    if not named and not any(is_class for _, _, is_class in classes.values()):
        return Fact("", "the settings are no classes", "default")
    best = next((each for each in named if each.module in classes), None)
    if best is None or (_has(best.module, DEVELOPMENT) and not _is_fixed(best)):
        preferred = _production(classes) or ("" if best else _any(classes))
        if preferred:
            file, line, _ = classes[preferred]
            names = f"{best.file} names {best.module}" if best else "nothing names a class"
            message = f"{names}; {preferred} is in {file}"
            remarks.say(CONFIGURATION_PREFERRED, message, file, line)
            return Fact(preferred, message, file=file, line=line)
    best = best or (named[0] if named else None)
    if best is None:
        return Fact("", "the settings are no classes", "default")
    return Fact(best.module, f"named in {best.file}", file=best.file, line=best.line)


def _is_fixed(named: NamedSettings) -> bool:
    """Whether the file that is served assigns the class, whatever is said from outside."""
    return named.outright and not named.file.endswith("manage.py")


def _classes(tree: Tree, files: Iterable[str]) -> dict[str, tuple[str, int, bool]]:
    """The classes that the settings may be made of, those that are imported too, by name: file,
    line, and whether the class surely is one."""
    found: dict[str, tuple[str, int, bool]] = {}
    sure = {"Configuration"}
    for path in reversed(list(files)):
        module = tree.parse(path)
        for node in module.body if module else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "") != "configurations":
                for alias in node.names:
                    name = alias.asname or alias.name
                    if name[:1].isupper() and not name.isupper():
                        found[name] = (path, node.lineno, False)
            elif isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                is_sure = not bases.isdisjoint(sure)
                sure |= {node.name} if is_sure else set()
                found[node.name] = (path, node.lineno, is_sure)
    return found


def _production(classes: Iterable[str]) -> str:
    named = [name for name in classes if _has(name, PRODUCTION)]
    return min(named, key=lambda name: (len(name), name), default="")


def _any(classes: dict[str, tuple[str, int, bool]]) -> str:
    """The last class that is sure and not for development: those before are its bases."""
    fitting = [
        name for name, (_, _, sure) in classes.items() if sure and not _has(name, DEVELOPMENT)
    ]
    return fitting[-1] if fitting else ""


def _has(name: str, words: Iterable[str]) -> bool:
    return not {word.lower() for word in _WORDS.findall(name)}.isdisjoint(words)
