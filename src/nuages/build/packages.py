"""The project's packages become an environment, made once for each dependency input.

Two passes: wheels only, with the cache that all apps share; then, where something has to be
compiled, once more inside the sandbox with the app's own cache, because a source distribution
runs code of its own while it is built. What is more than a name with a version is left to the
second. Nothing in an environment is ever run outside of a sandbox.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from uv import find_uv_bin

from nuages.build.bytecode import compile_tree
from nuages.build.errors import DISK_FULL, LOCK_UNREADABLE, PACKAGES_FAILED, PACKAGES_LACKED
from nuages.build.inputs.inside import inside_inputs
from nuages.build.inputs.library import library_arguments
from nuages.build.inputs.reach import Asked, GivenUp, lines_at, shown, unreached
from nuages.build.plain import PlainInput, plain_input
from nuages.build.plan import BuildPlan, suited_to
from nuages.build.pythons import Interpreter, find_python, uv_environment
from nuages.build.system.apt import missing_packages
from nuages.build.system.lacking import (
    LackingError,
    failed_distribution,
    read_lacking,
    usual_packages,
)
from nuages.build.system.libraries import find_missing
from nuages.build.system.ways import Has, Way, has_program, override, requirement, ways_around
from nuages.build.venv import (
    Environment,
    load_interpreter,
    open_to_all,
    python_sources,
    read_environment,
    seal_environment,
    take_back,
)
from nuages.build.versions.contradictions import contradiction
from nuages.build.versions.old_setup import OLD_SETUP, older_setuptools
from nuages.build.versions.requests import older_than
from nuages.build.versions.wheels import ask_wheelless, better_python, pinned
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.package_index import without_credentials
from nuages.core.system_packages import install_line
from nuages.system.command import Command, Completed, Runner
from nuages.system.files import link_or_copy, publish_directory, remove_tree, write_atomic
from nuages_runtime.hook import FILES as HOOK_FILES

INSIDE = "/run/nuages"
_UV = ("/venv/bin/uv", "--cache-dir", f"{INSIDE}/cache")
# What an older Python may have another answer to.
_OF_PYTHON = re.compile(r"Failed to build|does not satisfy Python|depends on Python|no wheels with")
# One that has not come.
_NO_DAY = "2999-01-01"
# Each may compile for minutes.
_MOST_TRIES = 3
# Raised when what an environment keeps of itself, or how it is made, changes.
_VERSION = 4


@dataclass(frozen=True, slots=True)
class InstallCommand:
    """A program to run in the sandbox of an app whose code is the source.

    `exchange` is /run/nuages there, which it may write; `venv` is /venv, which it may not;
    `python` the interpreter's folder outside /usr; `folder` the current one, below the source.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    exchange: Path
    venv: Path
    python: Path | None
    folder: str


# Performs such a command; gives back the exit code and what was printed.
Sandboxed = Callable[[InstallCommand], tuple[int, str]]
_Run = Callable[[tuple[str, ...]], tuple[int, str]]


class _OlderError(Exception):
    """An older Python is better: `minor`, because `reason`."""

    def __init__(self, minor: str, reason: str) -> None:
        super().__init__(reason)
        self.minor, self.reason = minor, reason


@dataclass(frozen=True, slots=True)
class PackageInstaller:
    """What an installation works with: where, how programs run, and how they run sandboxed; `has`
    tells which programs are there."""

    home: Home
    runner: Runner
    sandboxed: Sandboxed
    has: Has = has_program

    @property
    def uv(self) -> str:
        """The uv program: the wheel brings it."""
        return find_uv_bin()

    def ensure(self, plan: BuildPlan, tree: Path) -> Environment:
        """The environment for `plan`, installed from the source at `tree` where it is not
        there yet. Raises build.E001, E002, E003, E007, and LackingError (build.E030)."""
        ways = ways_around(plan.dependencies, plan.unneeded, self.has)
        key = self._key(plan, ways)
        final = self.home.environments / key
        found = load_interpreter(final)
        if found is None:
            cache = self.home.cache / "uv"
            python = find_python(plan.pythons, self.runner, self.uv, cache, plan.others)
            found = self._install(plan, tree, final, python, ways)
        return read_environment(final, found, ways)

    def _install(
        self, plan: BuildPlan, tree: Path, final: Path, python: Interpreter, ways: tuple[Way, ...]
    ) -> Interpreter:
        """Make the environment `final` with `python`, or with an older one that the plan admits,
        where that has the wheels, or where this one fails to build something; the first failure
        is raised in the end. Returns the interpreter."""
        reason, failure, first, forced = "", None, python.minor, ""
        left, looks = older_than(first, plan.pythons), True
        for _ in range(_MOST_TRIES):
            temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
            temporary.mkdir(parents=True)
            temporary.chmod(0o755)
            suited, older = _suited(plan, python), tuple(left) if looks else ()
            try:
                _Installation(
                    self, suited, tree, temporary, python, ways, older, reason, forced
                ).perform()
                publish_directory(temporary, final, _is_finished)
            except _OlderError as better:
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
                may_help = error.code == PACKAGES_FAILED and _OF_PYTHON.search(error.details or "")
                following = self._find(left) if may_help else None
                what = failed_distribution(error.details or "") or "a package"
                reason, looks = f"{what} cannot be installed with Python {first}", False
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
                return find_python((minor,), self.runner, self.uv, self.home.cache / "uv")
            except NuagesError:
                continue
        return None

    def _key(self, plan: BuildPlan, ways: tuple[Way, ...]) -> str:
        hook = sorted(HOOK_FILES.items())
        around = [way.distribution for way in ways]
        document = [_VERSION, plan.input, plan.pythons, hook, os.uname().machine, around]
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]


def _of_today(plan: BuildPlan) -> BuildPlan:
    return replace(plan, dependencies=replace(plan.dependencies, as_of=""))


def _is_finished(folder: Path) -> bool:
    return load_interpreter(folder) is not None


def _suited(plan: BuildPlan, python: Interpreter) -> BuildPlan:
    if python.minor == plan.pythons[0]:
        return plan
    return replace(plan, extra=suited_to(python.minor, plan.extra, plan.dependencies))


@dataclass(frozen=True, slots=True)
class _Installation:
    """One installation under way, in a temporary `folder` of the store; `older` are Pythons that
    may be better, and `reason` is why this one was taken; where something is against the releases
    that the project names, they are `forced`."""

    installer: PackageInstaller
    plan: BuildPlan
    tree: Path
    folder: Path
    python: Interpreter
    ways: tuple[Way, ...] = ()
    older: tuple[str, ...] = ()
    reason: str = ""
    forced: str = ""

    @property
    def instead(self) -> tuple[str, ...]:
        """What is installed in the place of what cannot be compiled."""
        dependencies, minor = self.plan.dependencies, self.python.minor
        lines = (requirement(way, dependencies, minor) for way in self.ways)
        return tuple(line for line in lines if line)

    def perform(self) -> None:
        """Fill `folder`, or raise; _OlderError where another Python has wheels of more."""
        work = self.folder / "work"
        work.mkdir()
        dependencies = self.plan.dependencies
        lines = "".join(f"{line}\n" for line in dependencies.lines)
        exported = self._export() if dependencies.kind == "uv" else lines
        extra = (*self.plan.extra, *self.instead)
        plain = plain_input(self.tree, self.plan.dependencies, extra, exported)
        venv = self.folder / "venv"
        made_at: tuple[str, ...] = (str(venv),)
        given_up: tuple[GivenUp, ...] = ()
        enough = plain is not None and self._install_plain(plain, work, venv)
        if not enough:
            self._look_for_wheels(plain, work)
            remove_tree(venv)
        if plain is None or not enough or not plain.whole:
            inside, given_up = self._install_inside(work, exported)
            made_at += inside
        remove_tree(work)
        try:
            seal_environment(venv, self.python, made_at)
        except OSError as error:
            raise NuagesError(
                PACKAGES_FAILED, f"A package took the environment apart: {error}"
            ) from None
        lib, runner = venv / "lib", self.installer.runner
        sources = python_sources(venv)
        compile_tree(lib, Path("/venv/lib"), sources, self.python.executable, runner)
        missing = find_missing(venv, self.python.prefix)
        described = {
            "executable": str(self.python.executable),
            "prefix": str(self.python.prefix),
            "version": self.python.version,
            "missing": [[each.library, each.file] for each in missing],
            "given_up": [[shown(each.what), each.instead] for each in given_up],
            "older": self.reason,
            "forced": self.forced,
        }
        write_atomic(self.folder / "environment.json", json.dumps(described))

    def _install_plain(self, plain: PlainInput, work: Path, venv: Path) -> bool:
        """The first pass; whether wheels were enough for what is plain. uv sees what we wrote,
        nothing else."""
        made = self._uv("venv", "--quiet", "--python", str(self.python.executable), str(venv))
        if made.code != 0:
            raise NuagesError(
                PACKAGES_FAILED, "The environment could not be made", details=made.stderr
            )
        arguments = []
        for option, lines in (("-r", plain.requirements), ("-c", plain.constraints)):
            file = work / f"{option[1]}.txt"
            file.write_text("".join(f"{line}\n" for line in lines))
            arguments += [option, str(file)]
        arguments += self._overrides(work, str(work))
        if not plain.whole:
            # It is gone on with inside: no file of the shared cache may get there.
            arguments += ["--link-mode", "copy"]
        arguments += self._of_its_time()
        python = str(venv / "bin" / "python")
        installed = self._uv(
            "pip", "install", "--quiet", "--no-build", "--python", python, *arguments, cwd=work
        )
        return installed.code == 0

    def _look_for_wheels(self, plain: PlainInput | None, work: Path) -> None:
        """Raise _OlderError where an older Python has wheels of what would have to be compiled
        with this one."""
        lines = pinned(plain.requirements) if plain else []
        if not lines or not self.older:
            return
        file, python = work / "pinned.txt", str(self.python.executable)

        def ask(minor: str, wanted: Sequence[str]) -> frozenset[str] | None:
            def compile_lines(left: Sequence[str]) -> tuple[int, str]:
                file.write_text("".join(f"{line}\n" for line in left))
                done = self._uv(
                    "pip", "compile", "--no-deps", "--no-build", "--quiet", "--no-header",
                    "--python", python, "--python-version", minor, str(file),
                )  # fmt: skip
                return done.code, done.stderr

            return ask_wheelless(wanted, compile_lines)

        best, gained = better_python(self.python.minor, self.older, lines, ask)
        if gained:
            names = ", ".join(sorted(line.partition(" ")[0] for line in gained))
            raise _OlderError(best, f"{names} has no wheel for Python {self.python.minor}")

    def _install_inside(
        self, work: Path, exported: str
    ) -> tuple[tuple[str, ...], tuple[GivenUp, ...]]:
        """The second pass: the rest is done inside, with a cache that nobody shares. Returns the
        paths that scripts may name, and what was given up."""
        exchange, launch = work / "inside", work / "launch"
        exchange.mkdir()
        for folder in (launch, launch / "bin"):
            folder.mkdir()
            folder.chmod(0o755)
        # The interpreter that starts a sandbox is looked for in /venv, which is read-only.
        (launch / "bin" / "python").symlink_to(self.python.executable)
        link_or_copy(Path(self.installer.uv), launch / "bin" / "uv")
        asked = Asked(self.plan.dependencies, exported)
        venv = f"{INSIDE}/venv"
        run = partial(self._run_inside, exchange, launch)
        make = (*_UV, "venv", "--quiet", "--python", str(self.python.executable), venv)
        code, output, begun = 0, "", self.folder / "venv"
        try:
            if begun.is_dir():
                open_to_all(begun)
                begun.rename(exchange / "venv")
            else:
                code, output = run(make)
            while code == 0:
                code, output = self._install_asked(asked, exchange, run, make)
                easier = asked.easier(output) if code != 0 else None
                if easier is None:
                    break
                asked = easier
                code, output = run((*make, "--clear"))
        finally:
            take_back(exchange, links=True)
        if code != 0:
            self._raise_failed(without_credentials(output), asked)
        made = exchange / "venv"
        if made.is_symlink() or not made.is_dir():
            raise NuagesError(PACKAGES_FAILED, "A package removed the environment")
        made.rename(begun)
        return (venv, str(made)), asked.given_up

    def _install_asked(
        self, asked: Asked, exchange: Path, run: _Run, make: tuple[str, ...]
    ) -> tuple[int, str]:
        """One try; with older releases of setuptools where that is what an old package lacks."""
        inputs = inside_inputs(asked.dependencies, asked.exported, INSIDE)
        for name, written in inputs.files.items():
            (exchange / name).write_text(written)
        options = [*self._overrides(exchange, INSIDE), *self._of_its_time()]
        for way in self.ways:
            options += ["--only-binary", way.instead] if way.instead else []
        install = (*_UV, "pip", "install", "--quiet", "--link-mode", "copy",
                   "--python", f"{INSIDE}/venv/bin/python", *options, *inputs.arguments,
                   *self.plan.extra, *self.instead)  # fmt: skip
        for library in library_arguments(asked.dependencies.library, self.tree):
            wanted = (*install, *library)
            code, output = run(wanted)
            if code == 0:
                break
        for constraint in older_setuptools(self.python.version):
            if code == 0 or not OLD_SETUP.search(output):
                break
            (exchange / "build.txt").write_text(constraint)
            # What ran before may have left anything in it.
            run((*make, "--clear"))
            code, output = run((*wanted, "--build-constraint", f"{INSIDE}/build.txt"))
        return code, output

    def _overrides(self, folder: Path, shown: str) -> tuple[str, ...]:
        """Options that have uv pass over what there is a way around, and hold to what is forced,
        with their file written to `folder`, which uv sees as `shown`."""
        lines = [override(way) for way in self.ways]
        if self.forced:
            passed = {way.distribution for way in self.ways}
            pins = self.plan.dependencies.pins
            lines += [f"{name}=={version}" for name, version in pins if name not in passed]
        if not lines:
            return ()
        (folder / "overrides.txt").write_text("".join(f"{line}\n" for line in lines))
        return ("--overrides", f"{shown}/overrides.txt")

    def _of_its_time(self) -> tuple[str, ...]:
        """Options that have uv see the releases of a day; the platform's own packages are of
        today."""
        day = self.plan.dependencies.as_of
        if not day:
            return ()
        own = [re.split(r"[^\w.-]", line)[0] for line in (*self.plan.extra, *self.instead)]
        today = (f"--exclude-newer-package={name}={_NO_DAY}" for name in own)
        return (f"--exclude-newer={day}", *today)

    def _run_inside(self, exchange: Path, launch: Path, argv: tuple[str, ...]) -> tuple[int, str]:
        env = uv_environment(Path(INSIDE, "cache"))
        # A folder of this machine's.
        env.pop("TMPDIR", None)
        env |= {"PATH": "/usr/bin:/bin", "HOME": "/home/app"}
        folder = self.plan.dependencies.root
        return self.installer.sandboxed(
            InstallCommand(argv, env, exchange, launch, self.python.mount, folder)
        )

    def _raise_failed(self, output: str, asked: Asked) -> None:
        if "No space left on device" in output:
            home = self.installer.home.path
            raise NuagesError(DISK_FULL, f"The disk that holds {home} is full")
        self._raise_lacking(output)
        source = ", ".join(self.plan.dependencies.files) or "the packages that Nuages adds"
        hosts = unreached(output)
        lines = [each.what for each in asked.given_up if each.instead]
        lines = lines_at(asked.exported, hosts) or lines
        if lines:
            raise NuagesError(
                PACKAGES_FAILED,
                f"'{shown(lines[0])}' of {source} could not be fetched, and no release of that "
                "name could be installed instead",
                details=output[-4000:],
                hint="Name a release that the package index has, for example: name==1.2",
            )
        raise NuagesError(
            PACKAGES_FAILED,
            f"The packages of {source} could not be installed with Python {self.python.version}",
            details=output[-4000:],
            hint=self._doubt(output),
        )

    def _doubt(self, output: str) -> str | None:
        """What may help against the failure of a compilation that does not show what it lacked."""
        distribution = failed_distribution(output)
        packages = missing_packages(usual_packages(distribution), self.installer.runner)
        if not packages:
            return None
        return (
            f"{PACKAGES_FAILED.hint} If {distribution} has to be compiled, it usually takes more "
            f"than this machine has: {install_line(packages)}"
        )

    def _raise_lacking(self, output: str) -> None:
        """Raise build.E030 where something of the system was lacked that is not there."""
        system = self.python.prefix == Path("/usr")
        lacking = read_lacking(output, self.python.minor, system)
        packages = missing_packages(lacking.packages, self.installer.runner)
        if not packages and not lacking.unknown:
            return
        what = lacking.distribution or "A package"
        needed = ", ".join((*packages, *lacking.unknown))
        message = (
            f"{what} has no wheel for Python {self.python.version}; compiling it takes {needed}"
        )
        raise LackingError(PACKAGES_LACKED, message, packages, output[-4000:])

    def _export(self) -> str:
        """A uv.lock as a requirements file; reading it runs nothing of the project's."""
        root = self.tree / self.plan.dependencies.root
        exported = self._uv(
            "export", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate", cwd=root
        )
        if exported.code != 0:
            file = self.plan.dependencies.files[-1]
            raise NuagesError(LOCK_UNREADABLE, f"{file} could not be read", details=exported.stderr)
        return exported.stdout

    def _uv(self, *words: str, cwd: Path | None = None) -> Completed:
        """Run uv outside of the sandbox, with the cache that all apps share."""
        env = uv_environment(self.installer.home.cache / "uv")
        return self.installer.runner.run(Command((self.installer.uv, *words), cwd, env))
