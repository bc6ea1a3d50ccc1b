"""What an image lies on: the least of this machine's own root file system, the root of a
distribution, or an image of a registry."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nuages.build.bases.ensure import BaseMeans, bare_base, ensure_base, image_base
from nuages.build.bases.fit import require_glibc
from nuages.build.bases.loader import elf_files
from nuages.build.bases.names import BARE, BaseKind, BaseName, parse_base
from nuages.build.bases.store import BaseStore
from nuages.build.oci.blobs import Blobs
from nuages.build.oci.entries import root_entries
from nuages.build.oci.layer import LayerStore
from nuages.build.oci.sbom import Component
from nuages.core.base import Base, SystemPackage
from nuages.core.event import Step
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.oci import Layer, OciImage
from nuages.pipeline.layers import Ground, epoch
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts

# Changes whenever a package of the distribution does.
_STATUS = Path("/var/lib/dpkg/status")


def read_base(request: BuildRequest) -> BaseName:
    """What the image of a request is to lie on. Raises build.E060."""
    return parse_base(request.base or request.project.config.base or BARE)


@dataclass(frozen=True, slots=True)
class GroundFinder:
    """Finds or makes what images lie on: the base called `name`, with packages of its distribution
    that are `added`."""

    parts: Parts
    steps: Steps
    name: BaseName
    added: tuple[str, ...] = ()

    def find(self, image: Image, packages: str) -> Ground:
        """What `image`, which is about to be made, lies on; `packages` is the id of its packages.

        Raises build.E061 to E071, and what a registry is pulled with.
        """
        name = self.name
        if name.kind is BaseKind.IMAGE:
            base, pulled = image_base(name.name, self._home, self._means(), self._pull)
            layers = pulled.layers
        else:
            base = (
                self._bare(image, packages)
                if name.kind is BaseKind.BARE
                else ensure_base(name, self._home, self._means(), self.added)
            )
            layers = (self._layer(base),)
        if name.kind is not BaseKind.BARE:
            require_glibc(base, _compiled(image), f"Python {image.python_version}")
        return _ground(base, layers)

    @property
    def _home(self) -> Home:
        return self.parts.home

    def _means(self) -> BaseMeans:
        return BaseMeans(self.parts.runner, None, partial(self.steps.say, step=Step.BUILD))

    def _bare(self, image: Image, packages: str) -> Base:
        """Looking at every compiled file takes a while: what was found is kept for as long as
        neither these nor the machine's own packages change."""
        store, key = BaseStore(self._home.bases), _bare_key(image, packages)
        known = store.find(key)
        if known is None:
            made = bare_base(None, _compiled(image), self._home, self._means())
            known = store.adopt(key, made)
        return known

    def _layer(self, base: Base) -> Layer:
        blobs = Blobs(self._home.blobs)
        store = LayerStore(blobs, self._home.blobs / "layers", epoch())
        return store.ensure(base.name, base.digest, lambda: root_entries(base.root))

    def _pull(self, text: str) -> OciImage:
        # An HTTP client, which nobody else needs.
        from nuages.build.registry.access import find_access, without_progress  # noqa: PLC0415
        from nuages.build.registry.manifests import machine_platform  # noqa: PLC0415
        from nuages.build.registry.pull import pull  # noqa: PLC0415
        from nuages.build.registry.reference import Reference  # noqa: PLC0415

        reference = Reference.parse(text)
        access = find_access(reference, self._home.cache / "registries")
        platform = machine_platform(os.uname().machine)
        self.steps.say(f"Pulling {reference}", Step.BUILD)
        return pull(reference, platform, Blobs(self._home.blobs), access, without_progress)


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


def _ground(base: Base, layers: tuple[Layer, ...]) -> Ground:
    passwd, group = (_read(base.root / "etc" / name) for name in ("passwd", "group"))
    return Ground(base.name, base.digest, layers, passwd, group, tuple(_components(base.packages)))


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="surrogateescape") if path.is_file() else ""


def _components(packages: Iterable[SystemPackage]) -> Iterable[Component]:
    for each in packages:
        url = f"pkg:deb/{each.name}@{each.version}?arch={each.architecture}"
        # An SPDX expression is made of identifiers; those of Debian are others.
        yield Component(each.name, each.version, url)
