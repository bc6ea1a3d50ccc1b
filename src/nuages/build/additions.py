"""A module that the project imports and that no package brings becomes a package to install in
addition: one that the project names elsewhere, else a well-known one; never a guess, since a name
on the package index may be anybody's. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name

from nuages.build.plan import BuildPlan
from nuages.build.probe import ProbeResult, SettingsError
from nuages.core.distributions import distributions_of
from nuages.core.errors import NuagesError
from nuages.core.facts import Dependencies, Offer
from nuages.core.image import AddedPackage

# Each takes an installation and a start of Python.
MOST = 25
# What a distribution's name has around the name of its module.
_AROUND = re.compile(r"^(?:django|python|py)-|-(?:django|python|py)$")
_BOUNDS = re.compile(r"[\[<>=]")
# By the scheme of a DATABASE_URL.
_POSTGRES = ("postgres", "postgresql", "pgsql", "postgis")
_MYSQL = ("mysql", "mysql2", "mysqlgis", "mariadb")
# From this release on Django takes psycopg, the third one (its release notes, 4.2).
_PSYCOPG = (4, 2)
# Of Django itself the whole list is wanted that names it: nothing else there is a tool.
_FRAMEWORK = "django"


@dataclass(slots=True)
class Additions:
    """The packages that were added to `plan` so far; `former` are an earlier build's."""

    plan: BuildPlan
    former: tuple[AddedPackage, ...] = ()
    added: list[AddedPackage] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Found for the same list of packages, they are wanted still.
        self.added += [each for each in self.former if each.input == self.plan.input]
        self._tried |= {each.module for each in self.added}

    def find(self, modules: Iterable[str]) -> tuple[str, ...]:
        """The lines of what there is to try for `modules`; they are among the added then."""
        found: list[AddedPackage] = []
        for module in modules:
            if module and module not in self._tried and len(self._tried) < MOST:
                self._tried.add(module)
                found += [
                    AddedPackage(module, requirement, place, self.plan.input)
                    for requirement, place in find_packages(module, self.plan.dependencies)
                ]
        self.added += found
        return tuple(dict.fromkeys(each.requirement for each in found))

    def give_up(self, requirements: Sequence[str]) -> None:
        """Do without these, which could not be installed."""
        self.added = [each for each in self.added if each.requirement not in requirements]

    def extended(self) -> BuildPlan:
        """The plan with everything that was added."""
        if not self.added:
            return self.plan
        lines = tuple(dict.fromkeys(each.requirement for each in self.added))
        text = "\n".join((self.plan.input, *lines))
        digest = hashlib.sha256(text.encode()).hexdigest()
        return replace(self.plan, extra=(*self.plan.extra, *lines), input=digest)

    def explain(self, error: SettingsError, failure: NuagesError | None = None) -> NuagesError:
        """`error`; where a module is why, with the line to write, and with the `failure` to
        install it."""
        if not error.module:
            return error
        known = [line for line, _ in find_packages(error.module, self.plan.dependencies)]
        line = known[0] if known else f"(the package that brings {error.module})"
        hint = f"Add a line to {file_to_write(self.plan.dependencies)}: {line}"
        why = None
        if failure is not None:
            why = f"{line} could not be added: {failure.message}\n{failure.details or ''}"
        details = "\n".join(filter(None, [error.details, why]))
        return NuagesError(error.code, error.message, details=details, hint=hint)

    def finish(self, result: ProbeResult) -> ProbeResult:
        """The result, with what was added, and with a word on what the settings name and nobody
        knows."""
        file = file_to_write(self.plan.dependencies)
        absent = [
            f"The settings name the module {module}, which no package in {file} brings"
            for module in result.absent
        ]
        report = result.report
        warnings = (*absent, *report.warnings)
        return replace(result, report=replace(report, added=tuple(self.added), warnings=warnings))


def find_packages(module: str, dependencies: Dependencies) -> list[tuple[str, str]]:
    """What to install for a top-level module: lines of a requirements file, each with the place
    where the project names it (empty: nowhere)."""
    known = {canonicalize_name(_BOUNDS.split(each)[0]): each for each in distributions_of(module)}
    wanted = {*known, canonicalize_name(module)}
    offered = [
        offer
        for offer in dependencies.offers
        if offer.name in wanted or _AROUND.sub("", offer.name) in wanted
    ]
    if offered:
        best = min(offered, key=lambda offer: offer.name not in wanted)
        return [(offer.requirement, offer.place) for offer in _with_its_list(best, dependencies)]
    return [(requirement, "") for requirement in known.values()][:1]


def driver_modules(url: str, dependencies: Dependencies) -> tuple[str, ...]:
    """The module that Django needs for the database of a DATABASE_URL, or of a kind (`postgres`);
    none where a dependency brings one, or the database needs none."""
    scheme = url.partition(":")[0].strip().lower()
    brought = {name for name, _ in dependencies.pins} | dependencies.names
    if scheme in _MYSQL and brought.isdisjoint(("mysqlclient", "pymysql")):
        return ("MySQLdb",)
    if scheme in _POSTGRES and not any(name.startswith("psycopg") for name in brought):
        return ("psycopg" if _takes_psycopg(dependencies) else "psycopg2",)
    return ()


def _takes_psycopg(dependencies: Dependencies) -> bool:
    pin = re.match(r"(\d+)\.(\d+)", dict(dependencies.pins).get("django", ""))
    if pin:
        return (int(pin[1]), int(pin[2])) >= _PSYCOPG
    newest = re.search(r"(?:<|<=|~=|==)\s*(\d+)(?:\.(\d+))?", dependencies.django)
    return newest is None or (int(newest[1]), int(newest[2] or 0)) >= _PSYCOPG


def file_to_write(dependencies: Dependencies) -> str:
    """The file that a person adds a package to."""
    manifests = [path for path in dependencies.files if not path.endswith((".lock", "pylock.toml"))]
    return manifests[0] if manifests else "requirements.txt"


def _with_its_list(offer: Offer, dependencies: Dependencies) -> list[Offer]:
    if offer.name != _FRAMEWORK:
        return [offer]
    return [each for each in dependencies.offers if each.place == offer.place]
