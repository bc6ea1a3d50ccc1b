"""The project's packages become an environment, made once for each dependency input.

Two passes: wheels only, with the cache that all apps share; then, where something has to be
compiled, once more inside the sandbox with the app's own cache, because a source distribution
runs code of its own while it is built.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from uv import find_uv_bin

from nuages.build.bytecode import compile_tree
from nuages.build.errors import DISK_FULL, LOCK_UNREADABLE, PACKAGES_FAILED
from nuages.build.plan import BuildPlan
from nuages.build.pythons import Interpreter, find_python, uv_environment
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.command import Command, Runner
from nuages.system.files import link_or_copy, publish_directory, remove_tree, write_atomic
from nuages_runtime.hook import FILES as HOOK_FILES

INSIDE = "/run/nuages"
# Runs arguments in the sandbox of an app whose code is the source: `folder` is /run/nuages
# there. Gives back the exit code and what was printed.
Sandboxed = Callable[[Path, Path | None, tuple[str, ...], Mapping[str, str]], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Environment:
    """Installed packages in the store, and the interpreter that they belong to."""

    key: str
    venv: Path
    python: Path | None
    version: str


@dataclass(frozen=True, slots=True)
class PackageInstaller:
    """What an installation works with: where, how programs run, and how they run sandboxed."""

    home: Home
    runner: Runner
    sandboxed: Sandboxed

    @property
    def uv(self) -> str:
        """The uv program: the wheel brings it."""
        return find_uv_bin()

    def ensure(self, plan: BuildPlan, tree: Path) -> Environment:
        """The environment for `plan`, installed from the source at `tree` where it is not
        there yet. Raises build.E001, E002, E003."""
        key = self._key(plan)
        found = self._load(key)
        if found is not None:
            return found
        cache = self.home.cache / "uv"
        python = find_python(plan.pythons, self.runner, self.uv, cache)
        final = self.home.environments / key
        temporary = final.with_name(f".{key}.{secrets.token_hex(4)}.tmp")
        temporary.mkdir(parents=True)
        try:
            self._install(plan, tree, temporary, python)
            venv = temporary / "venv"
            _point_scripts_to_venv(venv)
            self._write_hook(venv)
            compile_tree(
                venv / "lib", Path("/venv/lib"), _sources(venv), python.executable, self.runner
            )
            described = {"python": str(python.mount or ""), "version": python.version}
            write_atomic(temporary / "environment.json", json.dumps(described))
            publish_directory(temporary, final)
        finally:
            remove_tree(temporary)
        return Environment(key, final / "venv", python.mount, python.version)

    def _key(self, plan: BuildPlan) -> str:
        document = [plan.input, plan.pythons, sorted(HOOK_FILES.items()), os.uname().machine]
        return hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]

    def _load(self, key: str) -> Environment | None:
        folder = self.home.environments / key
        try:
            described = json.loads((folder / "environment.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        prefix = Path(described["python"]) if described["python"] else None
        if prefix is not None and not prefix.is_dir():
            return None
        return Environment(key, folder / "venv", prefix, described["version"])

    def _install(self, plan: BuildPlan, tree: Path, folder: Path, python: Interpreter) -> None:
        venv = folder / "venv"
        shared = self.home.cache / "uv"
        argv = (self.uv, "venv", "--quiet", "--python", str(python.executable), str(venv))
        made = self.runner.run(Command(argv, env=uv_environment(shared)))
        if made.code != 0:
            raise NuagesError(
                PACKAGES_FAILED, "The environment could not be made", details=made.stderr
            )
        inputs = self._inputs(plan, tree, folder)
        install = (self.uv, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python"))
        first = self.runner.run(
            Command((*install, "--no-build", *inputs), tree, uv_environment(shared))
        )
        if first.code == 0:
            return
        remove_tree(venv)
        code, output = self._compile(inputs, tree, folder, python)
        if code != 0:
            if "No space left on device" in output:
                raise NuagesError(DISK_FULL, f"The disk that holds {self.home.path} is full")
            source = ", ".join(plan.dependencies.files) or "the packages that Nuages adds"
            raise NuagesError(
                PACKAGES_FAILED,
                f"The packages of {source} could not be installed with Python {python.version}",
                details=output[-4000:],
            )

    def _compile(
        self, inputs: tuple[str, ...], tree: Path, folder: Path, python: Interpreter
    ) -> tuple[int, str]:
        """The second pass: everything is done inside, with a cache that nobody shares."""
        link_or_copy(Path(self.uv), folder / "uv")
        # The interpreter that starts a sandbox is looked for in /venv.
        (folder / "launch" / "bin").mkdir(parents=True)
        (folder / "launch" / "bin" / "python").symlink_to(python.executable)
        env = {**uv_environment(Path(INSIDE, "cache")), "PATH": "/usr/bin:/bin"}
        env["HOME"] = "/home/app"
        uv, venv = f"{INSIDE}/uv", f"{INSIDE}/venv"
        places = ((str(folder), INSIDE), (str(tree), "/app"))
        moved = tuple(_moved(word, places) for word in inputs)
        try:
            for argv in (
                (uv, "venv", "--quiet", "--python", str(python.executable), venv),
                (uv, "pip", "install", "--quiet", "--link-mode", "copy", "--python",
                 f"{venv}/bin/python", *moved),
            ):  # fmt: skip
                code, output = self.sandboxed(folder, python.mount, argv, env)
                if code != 0:
                    break
        finally:
            _take_back(folder)
            for name in ("cache", "uv", "launch"):
                remove_tree(folder / name)
        return code, output

    def _inputs(self, plan: BuildPlan, tree: Path, folder: Path) -> tuple[str, ...]:
        """The arguments that name what to install."""
        dependencies = plan.dependencies
        root = tree / dependencies.root
        arguments: list[str] = []
        if dependencies.kind == "uv":
            exported = folder / "exported.txt"
            exported.write_text(self._export(root))
            arguments = ["-r", str(exported)]
        elif dependencies.kind in ("requirements", "pyproject"):
            arguments = ["-r", str(tree / dependencies.files[0])]
        return (*arguments, *plan.extra)

    def _export(self, root: Path) -> str:
        argv = (self.uv, "export", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate")
        exported = self.runner.run(Command(argv, root, uv_environment(self.home.cache / "uv")))
        if exported.code != 0:
            raise NuagesError(
                LOCK_UNREADABLE, f"{root.name}/uv.lock could not be read", details=exported.stderr
            )
        return exported.stdout

    def _write_hook(self, venv: Path) -> None:
        site = next((venv / "lib").glob("python*/site-packages"))
        for name, content in HOOK_FILES.items():
            (site / name).write_text(content)


def _point_scripts_to_venv(venv: Path) -> None:
    """Make the scripts' first line name /venv, where the sandbox mounts the environment."""
    prefixes = tuple(b"#!" + os.fsencode(path) + b"/" for path in (venv, f"{INSIDE}/venv"))
    for script in (venv / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        prefix = next((known for known in prefixes if content.startswith(known)), None)
        if prefix is not None:
            # A new file: uv may have hard-linked this one from its cache.
            mode = script.stat().st_mode
            script.unlink()
            script.write_bytes(b"#!/venv/" + content[len(prefix) :])
            script.chmod(mode)


def _moved(word: str, places: tuple[tuple[str, str], ...]) -> str:
    """A path on the host as the sandbox sees it; any other word as it is."""
    for outside, inside in places:
        if word == outside or word.startswith(f"{outside}/"):
            return inside + word[len(outside) :]
    return word


def _take_back(folder: Path) -> None:
    """Everything below belongs to us again, and nothing in it runs as anybody else."""
    os.chown(folder, os.geteuid(), os.getegid())
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = f"{parent}/{name}"
            os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
            if not Path(path).is_symlink():
                Path(path).chmod(0o755 if Path(path).stat().st_mode & 0o111 else 0o644)


def _sources(venv: Path) -> list[str]:
    lib = venv / "lib"
    return sorted(str(path.relative_to(lib)) for path in lib.rglob("*.py"))


def environment_document(environment: Environment) -> dict[str, str]:
    """What identifies an environment, for an image's digest."""
    return {name: str(value) for name, value in asdict(environment).items() if name != "venv"}
