"""An image of the store goes to where others take it from: a file, a folder, a container engine on
this machine, a registry."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nuages.build.oci.blobs import Blobs
from nuages.build.oci.errors import ENGINE_REFUSED, NO_ENGINE
from nuages.build.oci.output import write_archive, write_layout
from nuages.build.own.dockerfile import find_engine
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.oci import OciImage
from nuages.system.command import Command, Runner

if TYPE_CHECKING:
    from nuages.build.registry.access import Progress
    from nuages.build.registry.reference import Reference

SPDX = "application/spdx+json"


@dataclass(frozen=True, slots=True)
class Handover:
    """An image, what it is called (`polls:latest`), and the home with the store that it is in."""

    image: OciImage
    name: str
    home: Home

    @property
    def _blobs(self) -> Blobs:
        return Blobs(self.home.blobs)

    def write(self, output: Path) -> None:
        """To a tar file, or to a folder where the name does not end in `.tar`. Raises build.E080 to
        E082."""
        write_to = write_archive if output.suffix == ".tar" else write_layout
        write_to(self.image, self.name, self._blobs, output)

    def load(self, runner: Runner) -> str:
        """Into the container engine of this machine; the name of its program. Raises build.E080
        to E084."""
        engine = find_engine(NO_ENGINE)
        self.home.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="load-", dir=self.home.cache) as scratch:
            archive = Path(scratch) / "image.tar"
            self.write(archive)
            done = runner.run(Command((engine, "load", "--input", str(archive))))
        if done.code != 0:
            message = f"`{engine} load` ended with {done.code}"
            raise NuagesError(ENGINE_REFUSED, message, details=(done.stderr or done.stdout)[-2000:])
        return engine

    def push(self, reference: Reference, sbom: bytes, progress: Progress) -> None:
        """To a registry, with its bill of materials attached. Raises build.E040 to E058, E080 and
        E081."""
        # An HTTP client, which nobody else needs.
        from nuages.build.registry.access import find_access  # noqa: PLC0415
        from nuages.build.registry.attach import Artifact, attach  # noqa: PLC0415
        from nuages.build.registry.push import push  # noqa: PLC0415

        access = find_access(reference, self.home.cache / "registries")
        push(self.image, self._blobs, reference, access, progress)
        document = self._blobs.add(SPDX, sbom)
        attach(self.image.manifest, Artifact(SPDX, document), self._blobs, reference, access)
