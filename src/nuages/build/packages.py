"""The project's packages become an environment, made once for each dependency input."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nuages.build.errors import PACKAGES_FAILED
from nuages.build.install.environment import Environment, load_interpreter, read_environment
from nuages.build.install.installation import Installation, OlderError
from nuages.build.install.means import Means, Sandboxed
from nuages.build.interpreters.copies import ensure_copy
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter, find_python
from nuages.build.system.lacking import failed_distribution
from nuages.build.system.ways import Has, Way, has_program, ways_around
from nuages.build.versions.contradictions import contradiction
from nuages.build.versions.extra import suited_to
from nuages.build.versions.requests import newer_for, older_than
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import Runner
from nuages.system.files import publish_directory, remove_tree
from nuages_runtime.hook import FILES as HOOK_FILES

# What an older Python may have another answer to.
_OF_PYTHON = re.compile(
    r"Failed to build|build backend returned an error|does not satisfy Python|depends on Python"
    r"|no wheels with"
)
# Each may compile for minutes.
_MOST_TRIES = 3
# Raised when what an environment keeps of itself, or how it is made, changes.
_VERSION = 5


@dataclass(frozen=True, slots=True)
class PackageInstaller:
    """What an installation works with: where, how programs run, and how they run sandboxed; `has`
    tells which programs are there, `copied` gives the interpreter that apps see for one that was
    found."""

    home: Home
    runner: Runner
    sandboxed: Sandboxed
    has: Has = has_program
    copied: Callable[[Interpreter, Home, Runner], Interpreter] = ensure_copy

    @property
    def _means(self) -> Means:
        return Means(self.home, self.runner, self.sandboxed)

    def ensure(self, plan: BuildPlan, tree: Path) -> Environment:
        """The environment for `plan`, installed from the source at `tree` where it is not
        there yet. Raises build.E001, E002, E003, E007, and LackingError (build.E030)."""
        ways = ways_around(plan.dependencies, plan.unneeded, self.has)
        key = self._key(plan, ways)
        final = self.home.environments / key
        found = load_interpreter(final)
        if found is None:
            python = self._python(plan.pythons, plan.others)
            found = self._install(plan, tree, final, python, ways)
        return read_environment(final, found, ways)

    def _install(
        self, plan: BuildPlan, tree: Path, final: Path, python: Interpreter, ways: tuple[Way, ...]
    ) -> Interpreter:
        """Make the environment `final` with `python`, or with an older one that the plan admits,
        where that has the wheels, or where this one fails to build something, or with a newer one,
        where this one is too old for a release; where none can build a release, with later ones.
        The first failure is raised in the end. Returns the interpreter."""
        reason, failure, first, forced, later = "", None, python, "", False
        left, looks = older_than(first.minor, plan.pythons), True
        for tries in range(1, _MOST_TRIES + 2):
            temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
            temporary.mkdir(parents=True)
            temporary.chmod(0o755)
            suited, older = _suited(plan, python), tuple(left) if looks else ()
            try:
                Installation(
                    self._means, suited, tree, temporary, python, ways, older, reason, forced,
                    later,
                ).perform()  # fmt: skip
                publish_directory(
                    temporary, final, lambda folder: load_interpreter(folder) is not None
                )
            except OlderError as better:
                following = self._find([better.minor])
                reason = better.reason if following else ""
                following, looks = following or python, False
            except NuagesError as error:
                failure = failure or error
                if plan.dependencies.as_of and error.code == PACKAGES_FAILED:
                    # A release of later is asked for, or the index tells no days.
                    plan, following = _of_today(plan), python
                    continue
                against = contradiction(error.details or "", plan.dependencies.pins)
                if error.code == PACKAGES_FAILED and against and not forced:
                    forced, following = against, python
                    continue
                newer, why = newer_for(error.details or "", (*plan.pythons, *plan.others))
                is_first = error.code == PACKAGES_FAILED and python == first
                following = self._find(newer) if is_first else None
                if following and following != first:
                    python = first = following
                    left, reason, looks = [], why, False
                    continue
                may_help = error.code == PACKAGES_FAILED and _OF_PYTHON.search(error.details or "")
                following = self._find(left) if may_help and tries < _MOST_TRIES else None
                what = failed_distribution(error.details or "") or "a package"
                reason, looks = f"{what} cannot be installed with Python {first.minor}", False
                if may_help and following is None and not later:
                    following, reason, left, later = first, "", [], True
            else:
                return python
            finally:
                remove_tree(temporary)
            if following is None:
                break
            python, left = following, older_than(following.minor, left)
        raise failure or NuagesError(PACKAGES_FAILED, reason)

    def _find(self, minors: Sequence[str]) -> Interpreter | None:
        """The first that can be had."""
        for minor in minors:
            try:
                return self._python((minor,))
            except NuagesError:
                continue
        return None

    def _python(self, requests: Sequence[str], others: Sequence[str] = ()) -> Interpreter:
        cache = self.home.cache / "uv"
        found = find_python(requests, self.runner, self._means.uv, cache, others)
        return self.copied(found, self.home, self.runner)

    def _key(self, plan: BuildPlan, ways: tuple[Way, ...]) -> str:
        hook = sorted(HOOK_FILES.items())
        around = [way.distribution for way in ways]
        document = [_VERSION, plan.input, plan.pythons, hook, os.uname().machine, around]
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]


def _of_today(plan: BuildPlan) -> BuildPlan:
    """With the releases of today, but of the Django that the project was written with."""
    dependencies = plan.dependencies
    constraints = dependencies.constraints
    if dependencies.django:
        constraints = (*constraints, f"django{dependencies.django}")
    changed = replace(dependencies, as_of="", constraints=constraints)
    return replace(plan, dependencies=changed)


def _suited(plan: BuildPlan, python: Interpreter) -> BuildPlan:
    if python.minor == plan.pythons[0]:
        return plan
    return replace(plan, extra=suited_to(python.minor, plan.extra, plan.dependencies))
