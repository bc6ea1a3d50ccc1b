"""The system packages of a build: installed where the operator allowed it, else named.

apt runs in the worker, which is root's where the platform is. A project is not trusted with it:
only packages of our own table are installed, and those that its deploy.toml names, which
`nuages plan` lists for whoever gives the permission.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from nuages.build.errors import APT_FAILED, APT_FORBIDDEN
from nuages.build.install.environment import Environment
from nuages.build.system.apt import can_install, install_packages, missing_packages
from nuages.build.system.lacking import LackingError
from nuages.core.errors import NuagesError
from nuages.core.event import Step
from nuages.core.facts import Facts
from nuages.core.finding import Finding, Rule
from nuages.core.system_packages import install_line, library_package, may_be_installed
from nuages.inspect.declared.requirements import INDEX_UNREACHED, LATER_RELEASE, RELEASE_INSTEAD
from nuages.inspect.declared.system import LEFT_OUT, LIBRARY_MISSING, REPLACED
from nuages.pipeline.steps import Steps
from nuages.system.command import Completed, Runner

T = TypeVar("T")
# A compiler names one thing at a time.
_MOST_ROUNDS = 4
_UNKNOWN = re.compile(
    r"(?:Unable to locate package |Package '?)([a-z0-9][a-z0-9+.-]+)'?(?: has no installation|\s|$)"
)


@dataclass(frozen=True, slots=True)
class SystemPackages:
    """What a build takes of the system, and whether what is missing may be installed."""

    facts: Facts
    allowed: bool
    runner: Runner
    steps: Steps

    def provide(self) -> None:
        """Before anything is built: install what is missing, or say what is.

        Raises build.E031 and E032.
        """
        wanted = {fact.value.name: fact for fact in self.facts.system_packages}
        missing = missing_packages(wanted, self.runner)
        if not missing:
            return
        if self.allowed:
            asked = [name for name in missing if wanted[name].value.use == "asked"]
            self._install(missing, asked)
            return
        told = ", ".join(f"{name} ({wanted[name].reason})" for name in missing)
        self.steps.say(f"Not on this machine: {told}", Step.BUILD)

    def repeat(self, work: Callable[[], T]) -> T:
        """What `work` returns; where it lacks something of the system that may be installed, that
        is done and `work` is called again. Raises what it raises, build.E031 and E032."""
        tried: set[str] = set()
        for _ in range(_MOST_ROUNDS):
            try:
                return work()
            except LackingError as error:
                packages = [name for name in error.packages if may_be_installed(name)]
                if not self.allowed or not set(packages) - tried:
                    raise
                tried.update(packages)
                self._install(tuple(packages), packages)
        return work()

    def _install(self, packages: tuple[str, ...], needed: Iterable[str]) -> None:
        """Install `packages`; those that this system does not know are passed over, unless they
        are among `needed`."""
        if not can_install():
            raise NuagesError(
                APT_FORBIDDEN,
                f"The platform may not install {', '.join(packages)}",
                hint=f"As root: {install_line(packages)}",
            )
        self.steps.say(f"Installing system packages: {', '.join(packages)}", Step.BUILD)
        done = self._apt(packages)
        unknown = set(_UNKNOWN.findall(done.stderr)) & set(packages) - set(needed)
        if done.code != 0 and unknown:
            self.steps.say(f"This system has no {', '.join(sorted(unknown))}", Step.BUILD)
            rest = tuple(name for name in packages if name not in unknown)
            done = self._apt(rest) if rest else Completed(0, "", "")
        if done.code != 0:
            details = f"{done.stdout}\n{done.stderr}"[-4000:]
            message = f"apt-get could not install {', '.join(packages)}"
            raise NuagesError(APT_FAILED, message, details=details)

    def _apt(self, packages: tuple[str, ...]) -> Completed:
        try:
            return install_packages(packages, self.runner)
        except (OSError, TimeoutError) as error:
            return Completed(1, "", str(error))


def build_findings(
    environment: Environment, file: str, where: str = "on this machine"
) -> Iterator[Finding]:
    """What is to be said of an environment: ways that were taken, libraries that are missing
    `where` the app runs, what could not be reached. `file` is the dependency file."""
    for given_up in environment.given_up:
        what, done = given_up.what, f"installed instead: {given_up.instead}"
        if not given_up.instead:
            rule, message = INDEX_UNREACHED, f"{what} could not be reached; the default was asked"
        elif "://" in what:
            rule, message = RELEASE_INSTEAD, f"{what} could not be reached; {done}"
        else:
            rule, message = LATER_RELEASE, f"{what} cannot be installed; {done}"
        yield Finding(rule.code, rule.severity, message, rule.fix, file, 1 if file else 0)
    for way in environment.ways:
        rule = REPLACED if way.instead else LEFT_OUT
        done = f"is installed as {way.instead}" if way.instead else "is left out"
        message = f"{way.distribution} {done}: it cannot be compiled on this machine"
        yield _finding(rule, message, install_line(way.takes), file)
    for missing in environment.missing:
        package = library_package(missing.library)
        message = f"{missing.file} needs {missing.library}, which is not {where}"
        search = f"apt-file search {missing.library}"
        fix = install_line((package,)) if package else f"find its package: {search}"
        found = _finding(LIBRARY_MISSING, message, fix, "")
        if package and where.startswith("in "):
            found = replace(found, fix=f'Add to deploy.toml: [build] packages = ["{package}"]')
        yield found


def _finding(rule: Rule, message: str, command: str, file: str) -> Finding:
    return Finding(rule.code, rule.severity, message, f"As root: {command}", file, 1 if file else 0)
