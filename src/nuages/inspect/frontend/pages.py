"""Which static files a project's pages refer to, and which of them are not in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nuages.inspect.evaluate import UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.static import static_places

_TAG = re.compile(r"{%-?\s*static\s+['\"]([^'\"{}]+\.(?:css|m?js))['\"]")
# Packages whose static files bear another name than the app does.
_FOREIGN = ("admin", "rest_framework", "debug_toolbar", "wagtailadmin", "drf-yasg")
_SHIPPED = "/static/"


@dataclass(frozen=True, slots=True)
class Reference:
    """A static file by the name that a page uses, and where the page says it."""

    name: str
    file: str
    line: int


def missing_files(evidence: Evidence) -> list[Reference]:
    """Stylesheets and scripts of the pages that are neither in the source nor likely a
    package's."""
    known = _known(evidence)
    foreign = {*_FOREIGN, *_packages(evidence)}
    found: dict[str, Reference] = {}
    for reference in referred_files(evidence):
        first = reference.name.partition("/")[0]
        if reference.name not in known and (first not in foreign or first == reference.name):
            found.setdefault(reference.name, reference)
    return list(found.values())


def referred_files(evidence: Evidence) -> Iterator[Reference]:
    """Stylesheets and scripts that pages name outright."""
    tree = evidence.tree
    for path in sorted(tree.paths):
        if not path.endswith((".html", ".jinja", ".jinja2")) or b"static" not in tree.read(path):
            continue
        for number, line in enumerate(tree.text(path).split("\n"), start=1):
            for found in _TAG.finditer(line):
                yield Reference(found[1].lstrip("/"), path, number)


def _known(evidence: Evidence) -> set[str]:
    """Every name under which a file of the source is a static file."""
    places = static_places(evidence.read)
    known = set()
    for path in evidence.tree.paths:
        at = f"/{path}".find(_SHIPPED)
        while at != -1:
            known.add(f"/{path}"[at + len(_SHIPPED) :])
            at = f"/{path}".find(_SHIPPED, at + 1)
        for prefix, folder in places:
            if path.startswith(f"{folder}/"):
                below = path[len(folder) + 1 :]
                known.add(f"{prefix}/{below}" if prefix else below)
    return known


def _packages(evidence: Evidence) -> Iterator[str]:
    """The names of installed apps that are not in the source."""
    for app in installed_apps(evidence):
        path = app.replace(".", "/")
        if not any(
            f"{folder}/{path}".lstrip("/") in evidence.tree.folders
            for folder in ("", evidence.root)
        ):
            yield from app.split(".")


def installed_apps(evidence: Evidence) -> tuple[str, ...]:
    """INSTALLED_APPS, as far as it is constants."""
    assigned = evidence.read.assigned.get("INSTALLED_APPS")
    if assigned is None:
        return ()
    try:
        value = evaluate(assigned.node, assigned.file, evidence.read.expressions())
    except UnknownValueError:
        return ()
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
