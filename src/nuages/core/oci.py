"""An image as other container engines see it: content by digest, as the OCI image specification
has it (https://specs.opencontainers.org/image-spec/)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = f"{LAYER}+gzip"
LAYER_ZSTD = f"{LAYER}+zstd"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Content by its `digest` (`sha256:` and 64 hexadecimal digits), with its `size` in bytes."""

    media_type: str
    digest: str
    size: int

    @property
    def hex(self) -> str:
        """The digest's own digits."""
        return self.digest.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its compressed content, the digest of the tar in it, and what it holds, in a
    word or two (`packages`)."""

    content: Descriptor
    diff_id: str
    holds: str


@dataclass(frozen=True, slots=True)
class OciImage:
    """A manifest and all that it names. Its digest is the image's."""

    manifest: Descriptor
    config: Descriptor
    layers: tuple[Layer, ...]

    @property
    def digest(self) -> str:
        """The name of the image wherever it is."""
        return self.manifest.digest

    @property
    def size(self) -> int:
        """Bytes of everything in it, compressed."""
        return self.manifest.size + sum(content.size for content in self.contents())

    def contents(self) -> Iterator[Descriptor]:
        """What the manifest names, in its order: the configuration, then the layers."""
        yield self.config
        for layer in self.layers:
            yield layer.content
