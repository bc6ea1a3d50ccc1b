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
import posixpath
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from nuages.build.bytecode import compile_tree
from nuages.build.errors import DISK_FULL, LOCK_UNREADABLE, PACKAGES_FAILED, PACKAGES_LACKED
from nuages.build.plain import PlainInput, plain_input
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter, find_python, uv_environment
from nuages.build.system.apt import missing_packages
from nuages.build.system.lacking import (
    LackingError,
    failed_distribution,
    read_lacking,
    usual_packages,
)
from nuages.build.system.libraries import MissingLibrary, find_missing, on_machine
from nuages.build.system.ways import Has, Way, has_program, override, requirement, ways_around
from nuages.build.venv import open_to_all, python_sources, seal_environment, take_back
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.system_packages import install_line
from nuages.system.command import Command, Completed, Runner
from nuages.system.files import link_or_copy, publish_directory, remove_tree, write_atomic
from nuages_runtime.hook import FILES as HOOK_FILES

INSIDE = "/run/nuages"
# How the setup.py of an old package fails with a setuptools that is newer than it.
_OLD_SETUP = re.compile(
    r"cannot import name '\w+' from 'setuptools|No module named '(?:pkg_resources|setuptools\.\w+)"
    r"|use_2to3 is invalid|module 'setuptools\b.*has no attribute|InvalidVersion: Invalid version"
    r"|InvalidRequirement|dash-separated|must be a string or list of strings containing valid"
)
# Raised when what an environment keeps of itself, or how it is made, changes.
_VERSION = 3


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


@dataclass(frozen=True, slots=True)
class Environment:
    """Installed packages in the store, and the interpreter that they belong to; `ways` were taken
    around what cannot be compiled here, and `missing` are libraries that nothing brings."""

    key: str
    venv: Path
    interpreter: Interpreter
    ways: tuple[Way, ...] = ()
    missing: tuple[MissingLibrary, ...] = ()


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
        found = _load(final)
        if found is not None:
            return Environment(key, final / "venv", found, ways, _still_missing(final, found))
        python = find_python(plan.pythons, self.runner, self.uv, self.home.cache / "uv")
        temporary = final.with_name(f".{key}.{secrets.token_hex(4)}.tmp")
        temporary.mkdir(parents=True)
        temporary.chmod(0o755)
        try:
            _Installation(self, plan, tree, temporary, python, ways).perform()
            publish_directory(temporary, final, lambda folder: _load(folder) is not None)
        finally:
            remove_tree(temporary)
        return Environment(key, final / "venv", python, ways, _still_missing(final, python))

    def _key(self, plan: BuildPlan, ways: tuple[Way, ...]) -> str:
        hook = sorted(HOOK_FILES.items())
        around = [way.distribution for way in ways]
        document = [_VERSION, plan.input, plan.pythons, hook, os.uname().machine, around]
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]


def _load(folder: Path) -> Interpreter | None:
    """The interpreter of a finished environment; None where either is not there."""
    try:
        described = json.loads((folder / "environment.json").read_text())
        executable, prefix = Path(described["executable"]), Path(described["prefix"])
        found = Interpreter(executable, str(described["version"]), prefix)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if executable.is_file() and (folder / "venv").is_dir() else None


def _still_missing(folder: Path, python: Interpreter) -> tuple[MissingLibrary, ...]:
    """The libraries that were missing when a finished environment was made, and still are."""
    described = json.loads((folder / "environment.json").read_text())
    noted = [MissingLibrary(str(library), str(file)) for library, file in described["missing"]]
    there = set(on_machine((each.library for each in noted), python.prefix)) if noted else set()
    return tuple(each for each in noted if each.library not in there)


@dataclass(frozen=True, slots=True)
class _Installation:
    """One installation under way, in a temporary `folder` of the store."""

    installer: PackageInstaller
    plan: BuildPlan
    tree: Path
    folder: Path
    python: Interpreter
    ways: tuple[Way, ...] = ()

    @property
    def instead(self) -> tuple[str, ...]:
        """What is installed in the place of what cannot be compiled."""
        dependencies, minor = self.plan.dependencies, self.python.minor
        lines = (requirement(way, dependencies, minor) for way in self.ways)
        return tuple(line for line in lines if line)

    def perform(self) -> None:
        """Fill `folder`, or raise."""
        work = self.folder / "work"
        work.mkdir()
        dependencies = self.plan.dependencies
        lines = "".join(f"{line}\n" for line in dependencies.lines)
        exported = self._export() if dependencies.kind == "uv" else lines
        extra = (*self.plan.extra, *self.instead)
        plain = plain_input(self.tree, self.plan.dependencies, extra, exported)
        venv = self.folder / "venv"
        made_at: tuple[str, ...] = (str(venv),)
        if plain is None or not self._install_plain(plain, work, venv):
            remove_tree(venv)
            made_at += self._install_inside(work, exported)
        elif not plain.whole:
            made_at += self._install_inside(work, exported)
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
        python = str(venv / "bin" / "python")
        installed = self._uv(
            "pip", "install", "--quiet", "--no-build", "--python", python, *arguments, cwd=work
        )
        return installed.code == 0

    def _install_inside(self, work: Path, exported: str) -> tuple[str, ...]:
        """The second pass: the rest is done inside, with a cache that nobody shares. Returns the
        paths that scripts may name."""
        exchange, launch = work / "inside", work / "launch"
        exchange.mkdir()
        for folder in (launch, launch / "bin"):
            folder.mkdir()
            folder.chmod(0o755)
        # The interpreter that starts a sandbox is looked for in /venv, which is read-only.
        (launch / "bin" / "python").symlink_to(self.python.executable)
        link_or_copy(Path(self.installer.uv), launch / "bin" / "uv")
        if exported:
            (exchange / "exported.txt").write_text(exported)
        options = list(self._overrides(exchange, INSIDE))
        for way in self.ways:
            options += ["--only-binary", way.instead] if way.instead else []
        venv = f"{INSIDE}/venv"
        always = ("/venv/bin/uv", "--cache-dir", f"{INSIDE}/cache")
        make = (*always, "venv", "--quiet", "--python", str(self.python.executable))
        code, output, begun = 0, "", self.folder / "venv"
        try:
            if begun.is_dir():
                open_to_all(begun)
                begun.rename(exchange / "venv")
            else:
                code, output = self._run_inside(exchange, launch, (*make, venv))
            if code == 0:
                base = (*always, "pip", "install", "--quiet", "--link-mode", "copy",
                        "--python", f"{venv}/bin/python", *options, *self._inputs())  # fmt: skip
                install, code, output = self._install_with_library(exchange, launch, base)
                for constraint in _older_setuptools(self.python.version):
                    if code == 0 or not _OLD_SETUP.search(output):
                        break
                    (exchange / "build.txt").write_text(constraint)
                    # What ran before may have left anything in it.
                    self._run_inside(exchange, launch, (*make, "--clear", venv))
                    again = (*install, "--build-constraint", f"{INSIDE}/build.txt")
                    code, output = self._run_inside(exchange, launch, again)
        finally:
            take_back(exchange, links=True)
        if code != 0:
            self._raise_failed(output)
        made = exchange / "venv"
        if made.is_symlink() or not made.is_dir():
            raise NuagesError(PACKAGES_FAILED, "A package removed the environment")
        made.rename(begun)
        return (venv, str(made))

    def _overrides(self, folder: Path, shown: str) -> tuple[str, ...]:
        """Options that have uv pass over what there is a way around, with their file written to
        `folder`, which uv sees as `shown`."""
        if not self.ways:
            return ()
        (folder / "overrides.txt").write_text("".join(f"{override(way)}\n" for way in self.ways))
        return ("--overrides", f"{shown}/overrides.txt")

    def _run_inside(self, exchange: Path, launch: Path, argv: tuple[str, ...]) -> tuple[int, str]:
        env = uv_environment(Path(INSIDE, "cache"))
        # A folder of this machine's.
        env.pop("TMPDIR", None)
        env |= {"PATH": "/usr/bin:/bin", "HOME": "/home/app"}
        folder = self.plan.dependencies.root
        return self.installer.sandboxed(
            InstallCommand(argv, env, exchange, launch, self.python.mount, folder)
        )

    def _inputs(self) -> tuple[str, ...]:
        """The arguments that name what to install, as the sandbox sees it."""
        dependencies = self.plan.dependencies
        arguments: tuple[str, ...] = ()
        if dependencies.kind == "uv" or dependencies.lines:
            arguments = ("-r", f"{INSIDE}/exported.txt")
        elif dependencies.kind in ("requirements", "pyproject"):
            arguments = ("-r", f"/app/{dependencies.files[0]}")
        return (*arguments, *self.plan.extra, *self.instead)

    def _install_with_library(
        self, exchange: Path, launch: Path, base: tuple[str, ...]
    ) -> tuple[tuple[str, ...], int, str]:
        """What was run in the end, its exit code and what it printed."""
        tried = self._library()
        for library in tried:
            install = (*base, *library)
            code, output = self._run_inside(exchange, launch, install)
            if code == 0 or library is tried[-1]:
                break
        return install, code, output

    def _library(self) -> tuple[tuple[str, ...], ...]:
        """Arguments to try for the library that the project is an example of: it is installed;
        else what it needs alone, since its modules are found in the source."""
        library = self.plan.dependencies.library
        if not library:
            return ((),)
        folder, needed = posixpath.dirname(f"/app/{library}"), ("-r", f"/app/{library}")
        setup = self.tree / posixpath.dirname(library) / "setup.py"
        # There is no Node.js for such a one, and a front end is built elsewhere.
        by_npm = setup.is_file() and b"npm" in setup.read_bytes()
        return (needed,) if by_npm else ((folder,), needed)

    def _raise_failed(self, output: str) -> None:
        if "No space left on device" in output:
            home = self.installer.home.path
            raise NuagesError(DISK_FULL, f"The disk that holds {home} is full")
        self._raise_lacking(output)
        source = ", ".join(self.plan.dependencies.files) or "the packages that Nuages adds"
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


def _older_setuptools(python: str) -> tuple[str, ...]:
    """Versions of setuptools to build an old package with, one after the other. What they took
    away: `use_2to3` with 58, versions that PEP 440 does not know with 66, `convert_path` with 70,
    the command `test` with 72 (its changelog). Python 3.12 takes none before 66."""
    major, minor = (int(part) for part in python.split(".")[:2])
    later = ("setuptools<70",)
    return later if (major, minor) >= (3, 12) else (*later, "setuptools<66", "setuptools<58")
