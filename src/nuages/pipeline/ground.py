"""What an image lies on and its app runs in: this machine's own root file system, of which the
image gets the least that it needs; the root of a distribution; or an image of a registry."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nuages.build.bases.ensure import (
    BaseMeans,
    bare_base,
    build_root,
    ensure_base,
    image_base,
    with_packages,
)
from nuages.build.bases.fit import missing_libraries, require_glibc
from nuages.build.bases.loader import elf_files
from nuages.build.bases.names import BARE, BaseKind, BaseName, parse_base
from nuages.build.bases.store import BaseStore
from nuages.build.bases.trees.difference import tree_difference
from nuages.build.install.environment import Environment
from nuages.build.oci.blobs import Blobs
from nuages.build.oci.entries import Entry, file_entry, root_entries
from nuages.build.oci.layer import LayerStore
from nuages.build.oci.sbom import Component
from nuages.build.system.apt import missing_packages
from nuages.build.system.libraries import MissingLibrary
from nuages.core.base import Base, SystemPackage
from nuages.core.errors import NuagesError
from nuages.core.event import Step
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.oci import Layer, OciImage
from nuages.core.system_packages import library_package
from nuages.pipeline.layers import Ground, epoch
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts
from nuages.system.sandbox_host import SandboxHost, require_sandbox

# Changes whenever a package of the distribution does.
_STATUS = Path("/var/lib/dpkg/status")


@dataclass(frozen=True, slots=True)
class Grounds:
    """The base of a build, called `name`: where it is this machine's own root, there is no `base`;
    `pulled` is what it was made from where that is an image. Only what is compiled needs the
    packages `compiling`."""

    parts: Parts
    steps: Steps
    name: BaseName
    base: Base | None = None
    pulled: OciImage | None = None
    compiling: tuple[str, ...] = ()

    @property
    def key(self) -> list[str]:
        """What decides it."""
        return [self.name.name, self.base.digest if self.base else ""]

    @property
    def root(self) -> Path | None:
        """The root file system of its apps; None for this machine's."""
        return self.base.root if self.base else None

    def compiling_root(self) -> Path | None:
        """One with compilers and headers too, made when it is asked for."""
        if self.base is None or self.name.kind is not BaseKind.DISTRIBUTION:
            return self.root
        means = _means(self.parts, self.steps)
        return build_root(self.base, self.compiling, self._home, means).root

    @property
    def where(self) -> str:
        """Where packages of the system are or are not, in words."""
        return f"in {self.name.name}" if self.base else "on this machine"

    def lacking(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these packages of the system that are not there."""
        if self.base is None:
            return missing_packages(names, self.parts.runner)
        there = {package.name for package in self.base.packages}
        return tuple(name for name in dict.fromkeys(names) if name not in there)

    @property
    def can_compile(self) -> bool:
        """Whether whatever compiling takes can be had."""
        return self.base is not None and self.name.kind is BaseKind.DISTRIBUTION

    def completed(self, environment: Environment) -> Grounds:
        """The grounds with the libraries that installed packages are linked with: those that a
        package of the base's distribution brings are added to it."""
        if self.base is None or not self.can_compile:
            return self
        # What something was compiled with is in the lists of where that was done.
        full = self.compiling_root() if self.compiling else None
        lacking = missing_libraries(self.base.root, _trees(environment), full)
        packages = [each.package or library_package(each.library) for each in lacking]
        names = [name for name in packages if name]
        if not names:
            return self
        means = _means(self.parts, self.steps)
        return replace(self, base=with_packages(self.base, names, self._home, means))

    def missing(self, environment: Environment) -> tuple[MissingLibrary, ...]:
        """The libraries that packages need and that nobody brings."""
        if self.base is None:
            return environment.missing
        lacking = missing_libraries(self.base.root, _trees(environment))
        return tuple(MissingLibrary(each.library, each.file) for each in lacking)

    def find(self, image: Image, packages: str) -> Ground:
        """What `image`, which is about to be made, lies on; `packages` is the id of its packages.
        Raises build.E069 and E070."""
        base = self.base
        if base is None:
            base = self._bare(image, packages)
        else:
            require_glibc(base, _compiled(image), f"Python {image.python_version}")
        layers = self.pulled.layers if self.pulled else self._layers(base)
        passwd, group = (_read(base.root / "etc" / name) for name in ("passwd", "group"))
        components = tuple(_components(base.packages))
        return Ground(base.name, base.digest, layers, passwd, group, components)

    @property
    def _home(self) -> Home:
        return self.parts.home

    def _bare(self, image: Image, packages: str) -> Base:
        """Looking at every compiled file takes a while: what was found is kept for as long as
        neither these nor the machine's own packages change."""
        store, key = BaseStore(self._home.bases), _bare_key(image, packages)
        known = store.find(key)
        if known is None:
            means = _means(self.parts, self.steps)
            made = bare_base(None, _compiled(image), self._home, means)
            known = store.adopt(key, made)
        return known

    def _layers(self, base: Base) -> tuple[Layer, ...]:
        """The base as it is for every app, and what the packages that this one needs change."""
        blobs = Blobs(self._home.blobs)
        store = LayerStore(blobs, self._home.blobs / "layers", epoch())
        if not base.added:
            return (store.ensure(base.name, base.digest, lambda: root_entries(base.root)),)
        plain = ensure_base(self.name, self._home, _means(self.parts, self.steps))
        lower = store.ensure(plain.name, plain.digest, lambda: root_entries(plain.root))
        upper = store.ensure(
            f"system packages {', '.join(base.added)}",
            f"{plain.digest} {base.digest}",
            lambda: _difference(plain.root, base.root),
        )
        return lower, upper


def ground_components(image: Image, home: Home) -> tuple[Component, ...]:
    """The packages of the distribution in what an image of the store lies on."""
    base = BaseStore(home.bases).get(image.ground)
    return tuple(_components(base.packages)) if base else ()


def is_on_machine(request: BuildRequest) -> bool:
    """Whether the app of a request runs in this machine's own root. Raises build.E060."""
    return _name(request).kind is BaseKind.BARE


def find_grounds(request: BuildRequest, parts: Parts, steps: Steps) -> Grounds:
    """What the image of a request is to lie on, made or pulled where it is not there yet: with the
    packages of its distribution that the project needs.

    Raises build.E060 to E068, E071, and what a registry is pulled with.
    """
    name = _name(request)
    if name.kind is BaseKind.BARE:
        return Grounds(parts, steps, name)
    means = _means(parts, steps)
    if name.kind is BaseKind.IMAGE:
        base, pulled = image_base(name.name, parts.home, means, partial(_pull, parts, steps))
        return Grounds(parts, steps, name, base, pulled)
    packages = [fact.value for fact in request.project.facts.system_packages]
    running = tuple(each.name for each in packages if each.use != "build")
    compiling = tuple(each.name for each in packages if each.use == "build")
    base = ensure_base(name, parts.home, means, running)
    return Grounds(parts, steps, name, base, compiling=compiling)


def _name(request: BuildRequest) -> BaseName:
    return parse_base(request.base or request.project.config.base or BARE)


def _means(parts: Parts, steps: Steps) -> BaseMeans:
    return BaseMeans(parts.runner, _host(parts), partial(steps.say, step=Step.BUILD))


def _host(parts: Parts) -> SandboxHost | None:
    try:
        return require_sandbox(parts.runner)
    except NuagesError:
        return None


def _pull(parts: Parts, steps: Steps, text: str) -> OciImage:
    # An HTTP client, which nobody else needs.
    from nuages.build.registry.access import find_access, without_progress  # noqa: PLC0415
    from nuages.build.registry.manifests import machine_platform  # noqa: PLC0415
    from nuages.build.registry.pull import pull  # noqa: PLC0415
    from nuages.build.registry.reference import Reference  # noqa: PLC0415

    reference = Reference.parse(text)
    access = find_access(reference, parts.home.cache / "registries")
    platform = machine_platform(os.uname().machine)
    steps.say(f"Pulling {reference}", Step.BUILD)
    return pull(reference, platform, Blobs(parts.home.blobs), access, without_progress)


def _difference(lower: Path, upper: Path) -> Iterator[Entry]:
    found = tree_difference(lower, upper)
    changed = frozenset(found.changed)
    yield from (entry for entry in root_entries(upper) if entry.path in changed)
    yield from (file_entry(path, b"") for path in found.whiteouts)


def _trees(environment: Environment) -> list[Path]:
    python = environment.interpreter.mount
    return [environment.venv, *([python.folder] if python else [])]


def _compiled(image: Image) -> list[Path]:
    """The compiled files that an image brings, its interpreter first."""
    folders = [image.venv, *([image.python.folder] if image.python else [])]
    files = elf_files(folders)
    return sorted(files, key=lambda path: not path.name.startswith("python3"))


def _bare_key(image: Image, packages: str) -> str:
    status = _STATUS.stat() if _STATUS.exists() else None
    machine = [status.st_mtime_ns, status.st_size] if status else []
    python = image.python.folder.name if image.python else ""
    digest = hashlib.sha256(json.dumps([machine, packages, python]).encode()).hexdigest()
    return f"bare-of-{digest[:32]}"


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="surrogateescape") if path.is_file() else ""


def _components(packages: Iterable[SystemPackage]) -> Iterable[Component]:
    for each in packages:
        url = f"pkg:deb/{each.name}@{each.version}?arch={each.architecture}"
        # An SPDX expression is made of identifiers; those of Debian are others.
        yield Component(each.name, each.version, url)
