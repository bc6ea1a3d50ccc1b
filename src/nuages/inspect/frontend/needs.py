"""Whether Django needs what a front end's build makes, and the line that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.settings import Assigned
from nuages.inspect.facts.static import possible_static_folders, static_places
from nuages.inspect.frontend.pages import missing_files

# What is missing makes pages fail, or only leaves them without a file.
PAGES, FILES = "pages", "files"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that Django wants and the source lacks: `kind` is PAGES or FILES; `path` where
    it would lie below the source (empty: not known); the place of the line that wants it. `tool` is
    a package that whoever makes such a file has, where one is known."""

    kind: str
    path: str
    reason: str
    file: str
    line: int
    tool: str = ""


def find_needs(evidence: Evidence) -> list[Need]:
    """Everything that a front end would have to make, what fails without it first."""
    return [
        *_webpack_stats(evidence),
        *_vite_manifests(evidence),
        *_tailwind_styles(evidence),
        *_folders(evidence),
        *_referred(evidence),
    ]


def named_packages(evidence: Evidence) -> tuple[str, ...]:
    """Packages whose files django-npm is told to find; it knows those of other packages too."""
    assigned = evidence.read.assigned.get("NPM_FILE_PATTERNS")
    value = _value(evidence, assigned) if assigned else None
    return tuple(map(str, value)) if isinstance(value, dict) else ()


def packages_folders(evidence: Evidence) -> tuple[tuple[str, Assigned], ...]:
    """Folders of static files that lie in a node_modules, with the setting that names them; one
    that ends in node_modules is all of it."""
    found = []
    dirs = evidence.read.assigned.get("STATICFILES_DIRS")
    for _, folder in static_places(evidence.read):
        if dirs is not None and "node_modules" in folder.split("/"):
            found.append((folder, dirs))
    finders = evidence.read.assigned.get("STATICFILES_FINDERS")
    if finders is not None:
        text = evidence.tree.text(finders.file)
        if re.search(r"npm\.finders|NodeModulesFinder|node_assets\.finders", text):
            found.append(("node_modules", finders))
    return tuple(found)


def _webpack_stats(evidence: Evidence) -> Iterator[Need]:
    assigned = evidence.read.assigned.get("WEBPACK_LOADER")
    if assigned is None:
        return
    value = _value(evidence, assigned)
    configurations = value.values() if isinstance(value, dict) else ()
    paths = [each.get("STATS_FILE") for each in configurations if isinstance(each, dict)]
    known = [path for path in map(_in_source, paths) if path]
    if not paths and not evidence.tree.named("webpack-stats.json"):
        known = ["webpack-stats.json"]
    for path in known:
        if not evidence.tree.has(path):
            reason = f"django-webpack-loader reads {path}, which is not in the source"
            yield Need(PAGES, path, reason, assigned.file, assigned.line, "webpack")


def _vite_manifests(evidence: Evidence) -> Iterator[Need]:
    for name in ("DJANGO_VITE", "DJANGO_VITE_ASSETS_PATH", "DJANGO_VITE_MANIFEST_PATH"):
        assigned = evidence.read.assigned.get(name)
        if assigned is None:
            continue
        if not any(
            b'"isEntry"' in evidence.tree.read(path)
            for path in evidence.tree.named("manifest.json")
        ):
            reason = "django-vite reads a manifest.json of Vite, which is not in the source"
            yield Need(PAGES, "", reason, assigned.file, assigned.line, "vite")
        return


def _tailwind_styles(evidence: Evidence) -> Iterator[Need]:
    """The stylesheet of an app that django-tailwind has made."""
    for path in evidence.tree.named("package.json"):
        folder = path.rpartition("/")[0]
        if folder.rpartition("/")[2] != "static_src":
            continue
        app = folder.rpartition("/")[0]
        styles = f"{app}/static/css/dist/styles.css".lstrip("/")
        if not evidence.tree.has(styles):
            reason = f"django-tailwind shows {styles}, which is not in the source"
            yield Need(FILES, styles, reason, path, 1)


def _folders(evidence: Evidence) -> Iterator[Need]:
    """Folders of STATICFILES_DIRS that are not there."""
    assigned = evidence.read.assigned.get("STATICFILES_DIRS")
    for folder in possible_static_folders(evidence.read):
        if assigned is None or folder in evidence.tree.folders or "node_modules" in folder:
            continue
        reason = f"STATICFILES_DIRS names {folder}, which is not in the source"
        yield Need(FILES, folder, reason, assigned.file, assigned.line)


def _referred(evidence: Evidence) -> Iterator[Need]:
    for reference in missing_files(evidence):
        reason = f"a page refers to {reference.name}, which is not in the source"
        yield Need(FILES, f"*/{reference.name}", reason, reference.file, reference.line)


def _value(evidence: Evidence, assigned: Assigned) -> Any:
    try:
        return evaluate(assigned.node, assigned.file, evidence.read.expressions())
    except UnknownValueError:
        return None


def _in_source(path: object) -> str:
    if not isinstance(path, (str, PurePosixPath)):
        return ""
    place = PurePosixPath(path)
    return str(place.relative_to(APP)) if APP in place.parents else ""
