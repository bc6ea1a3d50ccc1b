"""One installation, in two passes: wheels only, with the cache that all apps share; then, where
something has to be compiled, once more inside the sandbox with the app's own cache, because a
source distribution runs code of its own while it is built. What is more than a name with a version
is left to the second. Nothing in an environment is ever run outside of a sandbox.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nuages.build.bytecode import compile_tree
from nuages.build.errors import LOCK_UNREADABLE, PACKAGES_FAILED
from nuages.build.inputs.inside import inside_inputs
from nuages.build.inputs.library import library_arguments
from nuages.build.inputs.reach import Asked, GivenUp
from nuages.build.install.environment import Environment, save_environment
from nuages.build.install.failures import failure_of
from nuages.build.install.means import InstallCommand, Means
from nuages.build.plain import PlainInput, plain_input
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter, uv_environment
from nuages.build.system.libraries import find_missing
from nuages.build.system.ways import Way, override, requirement
from nuages.build.venv import (
    link_interpreter,
    open_to_all,
    python_sources,
    seal_environment,
    take_back,
)
from nuages.build.versions.old_setup import OLD_SETUP, older_setuptools
from nuages.build.versions.wheels import ask_wheelless, better_python, left_open, pinned
from nuages.core.errors import NuagesError
from nuages.core.facts import Dependencies
from nuages.core.package_index import without_credentials
from nuages.system.files import link_or_copy, remove_tree

INSIDE = "/run/nuages"
_UV = ("/venv/bin/uv", "--cache-dir", f"{INSIDE}/cache")
# One that has not come.
_NO_DAY = "2999-01-01"

_Run = Callable[[tuple[str, ...]], tuple[int, str]]


class OlderError(Exception):
    """An older Python is better: `minor`, because `reason`."""

    def __init__(self, minor: str, reason: str) -> None:
        super().__init__(reason)
        self.minor, self.reason = minor, reason


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation under way, in a temporary `folder` of the store; `older` are Pythons that
    may be better, and `reason` is why this one was taken; where something is against the releases
    that the project names, they are `forced`; with `later` what cannot be built gives way to
    later releases."""

    means: Means
    plan: BuildPlan
    tree: Path
    folder: Path
    python: Interpreter
    ways: tuple[Way, ...] = ()
    older: tuple[str, ...] = ()
    reason: str = ""
    forced: str = ""
    later: bool = False

    @property
    def instead(self) -> tuple[str, ...]:
        """What is installed in the place of what cannot be compiled."""
        dependencies, minor = self.plan.dependencies, self.python.minor
        lines = (requirement(way, dependencies, minor) for way in self.ways)
        return tuple(line for line in lines if line)

    def perform(self) -> None:
        """Fill `folder`, or raise; OlderError where another Python has wheels of more."""
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
        newer: tuple[str, ...] = ()
        if plain is not None and enough and self._is_behind(plain, work):
            newer = self._install_newer(work, exported)
        if not newer and (plain is None or not enough or not plain.whole):
            inside, given_up = self._install_inside(work, exported)
            made_at += inside
        made_at += newer
        remove_tree(work)
        try:
            seal_environment(venv, self.python, made_at)
        except OSError as error:
            raise NuagesError(
                PACKAGES_FAILED, f"A package took the environment apart: {error}"
            ) from None
        lib, runner = venv / "lib", self.means.runner
        sources = python_sources(venv)
        compile_tree(lib, Path("/venv/lib"), sources, self.python.executable, runner)
        missing = find_missing(venv, self.python.prefix)
        environment = Environment(
            self.folder.name, venv, self.python, (), missing, given_up, self.reason, self.forced
        )
        save_environment(self.folder, environment)

    def _install_plain(self, plain: PlainInput, work: Path, venv: Path) -> bool:
        """The first pass; whether wheels were enough for what is plain. uv sees what we wrote,
        nothing else."""
        made = self.means.run_uv(
            "venv", "--quiet", "--python", str(self.python.executable), str(venv)
        )
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
        installed = self.means.run_uv(
            "pip", "install", "--quiet", "--no-build", "--python", python, *arguments, cwd=work
        )
        return installed.code == 0

    def _is_behind(self, plain: PlainInput, work: Path) -> bool:
        """Whether of what the project leaves open there are newer releases without a wheel, which
        pip would take. Without dependencies uv builds nothing to know."""
        lines = left_open(plain.requirements, besides=self.plan.extra)
        if not lines:
            return False
        (work / "open.txt").write_text("".join(f"{line}\n" for line in lines))
        words = ("pip", "compile", "--no-deps", "--quiet", "--no-header", "--no-annotate",
                 "--python", str(self.python.executable), *self._of_its_time(),
                 "-c", "c.txt", "open.txt")  # fmt: skip
        newest, wheels = (
            self.means.run_uv(*words, *more, cwd=work) for more in ((), ("--no-build",))
        )
        return newest.code == 0 and newest.stdout != wheels.stdout

    def _install_newer(self, work: Path, exported: str) -> tuple[str, ...]:
        """Everything anew inside, where the newer releases can be built: the paths that scripts
        may name. Where that fails, or goes without something, what there is stays, and there are
        none."""
        venv, kept, own = self.folder / "venv", work / "kept", work / "newer"
        venv.rename(kept)
        own.mkdir()
        try:
            inside, given_up = self._install_inside(own, exported)
        except (NuagesError, OlderError):
            inside, given_up = (), ()
        if inside and not given_up:
            return inside
        remove_tree(venv)
        kept.rename(venv)
        return ()

    def _look_for_wheels(self, plain: PlainInput | None, work: Path) -> None:
        """Raise OlderError where an older Python has wheels of what would have to be compiled
        with this one."""
        lines = pinned(plain.requirements) if plain else []
        if not lines or not self.older:
            return
        file, python = work / "pinned.txt", str(self.python.executable)

        def ask(minor: str, wanted: Sequence[str]) -> frozenset[str] | None:
            def compile_lines(left: Sequence[str]) -> tuple[int, str]:
                file.write_text("".join(f"{line}\n" for line in left))
                done = self.means.run_uv(
                    "pip", "compile", "--no-deps", "--no-build", "--quiet", "--no-header",
                    "--python", python, "--python-version", minor, str(file),
                )  # fmt: skip
                return done.code, done.stderr

            return ask_wheelless(wanted, compile_lines)

        best, gained = better_python(self.python.minor, self.older, lines, ask)
        if gained:
            names = ", ".join(sorted(line.partition(" ")[0] for line in gained))
            raise OlderError(best, f"{names} has no wheel for Python {self.python.minor}")

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
        (launch / "bin" / "python").symlink_to(self.python.inside)
        link_or_copy(Path(self.means.uv), launch / "bin" / "uv")
        asked = Asked(self.plan.dependencies, exported, later=self.later)
        venv = f"{INSIDE}/venv"
        run = partial(self._run_inside, exchange, launch)
        make = (*_UV, "venv", "--quiet", "--python", str(self.python.inside), venv)
        code, output, begun = 0, "", self.folder / "venv"
        try:
            if begun.is_dir():
                link_interpreter(begun, self.python)
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
            raise failure_of(without_credentials(output), asked, self.python, self.means)
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
        overrides = self._overrides(exchange, INSIDE, asked.overrides)
        options = [*overrides, *self._of_its_time()]
        if asked.without_index and asked.dependencies.kind == "pyproject":
            # They may name it.
            options.append("--no-sources")
        for way in self.ways:
            options += ["--only-binary", way.instead] if way.instead else []
        install = (*_UV, "pip", "install", "--quiet", "--link-mode", "copy",
                   "--python", f"{INSIDE}/venv/bin/python", *options, *inputs.arguments,
                   *self.plan.extra, *self.instead)  # fmt: skip
        for library in library_arguments(asked.dependencies, self.tree):
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

    def _overrides(self, folder: Path, shown: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Options that have uv pass over what there is a way around, and hold to what is forced
        and to `more`, with their file written to `folder`, which uv sees as `shown`."""
        lines = [*more, *(override(way) for way in self.ways)]
        if self.forced:
            passed = {way.distribution for way in self.ways}
            passed |= {line.partition(">")[0] for line in more}
            pins = self.plan.dependencies.pins
            lines += [f"{name}=={version}" for name, version in pins if name not in passed]
        if not lines:
            return ()
        (folder / "overrides.txt").write_text("".join(f"{line}\n" for line in lines))
        return ("--overrides", f"{shown}/overrides.txt")

    def _of_its_time(self) -> tuple[str, ...]:
        return of_its_time(self.plan.dependencies, (*self.plan.extra, *self.instead))

    def _run_inside(self, exchange: Path, launch: Path, argv: tuple[str, ...]) -> tuple[int, str]:
        env = uv_environment(Path(INSIDE, "cache"))
        # A folder of this machine's.
        env.pop("TMPDIR", None)
        env |= {"PATH": "/usr/bin:/bin", "HOME": "/home/app"}
        folder = self.plan.dependencies.root
        return self.means.sandboxed(
            InstallCommand(argv, env, exchange, launch, self.python.mount, folder)
        )

    def _export(self) -> str:
        """A uv.lock as a requirements file; reading it runs nothing of the project's."""
        dependencies = self.plan.dependencies
        words = ["export", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate"]
        member = member_of(self.tree, dependencies)
        words += ["--package", member] if member else []
        exported = self.means.run_uv(*words, cwd=self.tree / dependencies.root)
        if exported.code != 0:
            file = dependencies.files[-1]
            raise NuagesError(LOCK_UNREADABLE, f"{file} could not be read", details=exported.stderr)
        return exported.stdout


def of_its_time(dependencies: Dependencies, added: Sequence[str]) -> tuple[str, ...]:
    """Options that have uv see the releases of a day; those that the platform has `added` are of
    today, and what is pinned to a release is of the day that has it."""
    day = dependencies.as_of
    if not day:
        return ()
    own = [re.split(r"[^\w.-]", line)[0] for line in added]
    free = dict.fromkeys((*own, *(name for name, _ in dependencies.pins)))
    today = (f"--exclude-newer-package={name}={_NO_DAY}" for name in free)
    return (f"--exclude-newer={day}", *today)


def member_of(tree: Path, dependencies: Dependencies) -> str:
    """The name of a project that lies below its lock, in a workspace; empty for one beside it."""
    manifest = dependencies.files[0]
    if (posixpath.dirname(manifest) or ".") == dependencies.root:
        return ""
    try:
        project = tomllib.loads((tree / manifest).read_text("utf-8")).get("project")
    except (OSError, ValueError):
        return ""
    return str(project.get("name") or "") if isinstance(project, dict) else ""
