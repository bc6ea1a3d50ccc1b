"""Modules that are imported, and that no dependency brings: an import error foreseen.

Only modules whose distribution is known and seldom comes with another one are looked at, so
that a plain list of direct dependencies gives no false alarm.
"""

from __future__ import annotations

import re

from nuages.core.distributions import DISTRIBUTIONS
from nuages.inspect.declared.packages import MODULE_NOT_FOUND
from nuages.inspect.evidence import Evidence

_IMPORT = re.compile(rb"^(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_ENTRY = re.compile(rb"^[ \t]+[\"']([a-z_]\w*)[\w.]*[\"'],?[ \t]*(?:#.*)?$", re.MULTILINE)
# Files that Django loads by name, or that nearly every project's URLs lead to.
_LOADED = re.compile(r"(?:^|/)(?:urls|models|views|admin|apps|forms|wsgi|asgi|celery)\.py$")
_PASSED_OVER = re.compile(r"(?:^|/)(?:tests?|docs|examples?)/")


def check_modules(evidence: Evidence) -> None:
    """Say which known modules are imported at the top of a file, or named among the installed
    apps, and come with no dependency."""
    value = evidence.dependencies.value.value
    if value.kind == "none" or value.local:
        return
    for module, (path, line) in missing_modules(evidence).items():
        distribution = DISTRIBUTIONS[module][0]
        file = value.files[0]
        message = f"Module not found: '{module}' is used, and {file} does not name {distribution}"
        fix = f"Add missing dependency to {file}: {distribution}"
        evidence.remarks.say(MODULE_NOT_FOUND, message, path, line, fix)


def missing_modules(evidence: Evidence) -> dict[str, tuple[str, int]]:
    """Each known module that is used and that no declared dependency brings, with the file and
    line of its first use; in the order of their names."""
    value = evidence.dependencies.value.value
    brought = value.names | {name for name, _ in value.pins}
    missing = {
        module
        for module, distributions in DISTRIBUTIONS.items()
        if not brought & set(distributions) and not _is_own(evidence, module)
    }
    return dict(sorted(_places(evidence, missing).items()))


def _is_own(evidence: Evidence, module: str) -> bool:
    """Whether a package or file of the source has this name, wherever it lies."""
    tree = evidence.tree
    return bool(tree.named(f"{module}.py")) or any(
        folder.rpartition("/")[2] == module for folder in tree.folders
    )


def _places(evidence: Evidence, modules: set[str]) -> dict[str, tuple[str, int]]:
    """Where each of `modules` is first used; only files that the app surely loads are read."""
    tree, root = evidence.tree, evidence.root
    prefix = "" if root == "." else f"{root}/"
    places: dict[str, tuple[str, int]] = {}
    settings = set(evidence.read.files)
    for path in sorted(tree.paths):
        if not modules or not path.startswith(prefix):
            continue
        if path not in settings and (not _LOADED.search(path) or _PASSED_OVER.search(path)):
            continue
        content = tree.read(path)
        for pattern in (_IMPORT, _ENTRY) if path in settings else (_IMPORT,):
            for found in pattern.finditer(content):
                module = found[1].decode()
                if module in modules:
                    modules.discard(module)
                    places[module] = (path, content.count(b"\n", 0, found.start()) + 1)
    return places
