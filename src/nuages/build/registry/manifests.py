"""The documents of an image on a registry become values: an index, a manifest, a configuration.

The formats are those of https://specs.opencontainers.org/image-spec/ and, as registries have many
of them, Docker's image manifest version 2, schema 2. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nuages.build.registry.errors import IMAGE_UNFIT, NO_PLATFORM
from nuages.build.registry.reference import DIGEST
from nuages.core.errors import NuagesError
from nuages.core.oci import (
    CONFIG,
    INDEX,
    LAYER,
    LAYER_GZIP,
    LAYER_ZSTD,
    MANIFEST,
    Descriptor,
    Layer,
    OciImage,
)

_DOCKER = "application/vnd.docker"
DOCKER_INDEX = f"{_DOCKER}.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = f"{_DOCKER}.distribution.manifest.v2+json"
DOCKER_CONFIG = f"{_DOCKER}.container.image.v1+json"
_DOCKER_LAYER = f"{_DOCKER}.image.rootfs.diff.tar"
_SCHEMA_1 = f"{_DOCKER}.distribution.manifest.v1+"
INDEXES, MANIFESTS = (INDEX, DOCKER_INDEX), (MANIFEST, DOCKER_MANIFEST)
# What is asked for. Schema 1 is not: a registry that has nothing else says so, or gives it anyway.
ACCEPTED = ", ".join((*MANIFESTS, *INDEXES))
_CONFIGS = (CONFIG, DOCKER_CONFIG)
_LAYERS = (
    LAYER,
    LAYER_GZIP,
    LAYER_ZSTD,
    _DOCKER_LAYER,
    f"{_DOCKER_LAYER}.gzip",
    f"{_DOCKER_LAYER}.zstd",
)
# The words of an index for what `uname -m` calls a machine, and the variants that run on it, the
# best first: https://go.dev/doc/install/source#environment.
_MACHINES: Mapping[str, str] = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm/v7",
    "armv6l": "arm/v6",
    "i686": "386",
}
_VARIANTS: Mapping[str, tuple[str, ...]] = {
    "amd64": ("", "v1"),
    "arm64": ("v8", ""),
    "arm": ("v7", "v6", ""),
    "arm/v7": ("v7", "v6", ""),
    "arm/v6": ("v6", ""),
}
# What layers of images from elsewhere hold, as far as anybody knows.
HOLDS = "base"


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest or an index as it came: its media type by the header, its bytes' descriptor, and
    what stands in it."""

    content: Descriptor
    values: Mapping[str, Any]

    @property
    def is_index(self) -> bool:
        return self.content.media_type in INDEXES


def describe(media_type: str, data: bytes) -> Descriptor:
    """The descriptor of `data`."""
    return Descriptor(media_type, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))


def machine_platform(machine: str) -> str:
    """The platform (`linux/amd64`) of what `uname -m` says."""
    return f"linux/{_MACHINES.get(machine, machine)}"


def read_document(content: Descriptor, data: bytes, name: str) -> Document:
    """What stands in the bytes that `content` describes; its media type may be the document's own
    where the registry does not know it. Raises build.E054."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise _unfit(name, "its manifest is no JSON object")
    said, own = content.media_type, str(values.get("mediaType") or "")
    if values.get("schemaVersion") == 1 or said.startswith(_SCHEMA_1):
        raise _unfit(name, "its manifest is of Docker's schema 1, which is out of use since 2017")
    known = (*INDEXES, *MANIFESTS)
    if said in known and own and own != said:
        raise _unfit(
            name, f"its manifest calls itself {own[:100]} and the registry calls it {said}"
        )
    media_type = said if said in known else own
    if media_type not in known:
        media_type = _by_content(values)
    if not media_type or ("layers" in values and "manifests" in values):
        raise _unfit(name, f"its manifest is of the unknown type '{(own or said)[:100]}'")
    return Document(Descriptor(media_type, content.digest, content.size), values)


def choose_manifest(document: Document, platform: str, name: str) -> Descriptor:
    """The manifest of an index that is made for `platform` (`linux/amd64`, `linux/arm/v7`).

    Raises build.E053 and E054.
    """
    entries = [each for each in _list(document.values, "manifests") if isinstance(each, dict)]
    for wanted in _wanted(platform):
        for entry in entries:
            if _platform(entry) == wanted:
                return read_descriptor(entry, name)
    there = sorted({"/".join(filter(None, _platform(each))) for each in entries} - {""})
    shown = ", ".join(each for each in there if not each.startswith("unknown")) or "no platform"
    raise NuagesError(NO_PLATFORM, f"{name} is not made for {platform}, but for {shown[:300]}")


def read_manifest(document: Document, name: str) -> tuple[Descriptor, tuple[Descriptor, ...]]:
    """The configuration and the layers that a manifest names. Raises build.E054."""
    if document.is_index:
        raise _unfit(name, "its index names another index")
    config = read_descriptor(document.values.get("config"), name)
    if config.media_type not in _CONFIGS:
        raise _unfit(name, f"it is no image: its configuration is a {config.media_type[:100]}")
    layers = tuple(read_descriptor(each, name) for each in _list(document.values, "layers"))
    for layer in layers:
        if "foreign" in layer.media_type or "nondistributable" in layer.media_type:
            raise _unfit(name, f"its layer {layer.digest} is kept elsewhere ({layer.media_type})")
        if layer.media_type not in _LAYERS:
            kind = layer.media_type[:100]
            raise _unfit(name, f"its layer {layer.digest} is of the unknown type '{kind}'")
    return config, layers


def read_image(
    document: Document, config: Descriptor, layers: tuple[Descriptor, ...], data: bytes, name: str
) -> OciImage:
    """The image of a manifest, whose configuration is `data`. Raises build.E054."""
    values = _config_values(data, name)
    rootfs = values.get("rootfs")
    diff_ids = _list(rootfs, "diff_ids") if isinstance(rootfs, dict) else []
    if not all(isinstance(each, str) and DIGEST.fullmatch(each) for each in diff_ids):
        raise _unfit(name, "its configuration names layers by something else than SHA-256")
    if len(diff_ids) != len(layers):
        counts = f"{len(layers)} layers in its manifest and {len(diff_ids)} in its configuration"
        raise _unfit(name, f"it has {counts}")
    pairs = zip(layers, diff_ids, strict=True)
    return OciImage(document.content, config, tuple(Layer(a, b, HOLDS) for a, b in pairs))


def check_platform(data: bytes, platform: str, name: str) -> None:
    """Raises build.E053 where a configuration says that the image is for another platform."""
    values = _config_values(data, name)
    system, machine = str(values.get("os") or ""), str(values.get("architecture") or "")
    if (system, machine) != tuple(platform.split("/")[:2]):
        message = f"{name} is not made for {platform}, but for {system[:50]}/{machine[:50]}"
        raise NuagesError(NO_PLATFORM, message)


def read_descriptor(entry: object, name: str) -> Descriptor:
    """A descriptor in a document. Raises build.E054; content of another kind of digest has none
    that we could keep it by."""
    if isinstance(entry, dict):
        media_type, digest, size = (entry.get(key) for key in ("mediaType", "digest", "size"))
        good = isinstance(media_type, str) and isinstance(digest, str) and DIGEST.fullmatch(digest)
        if good and isinstance(size, int) and not isinstance(size, bool) and size >= 0:
            return Descriptor(str(media_type), str(digest), size)
    raise _unfit(name, "its manifest names content without a type, a size or a SHA-256 digest")


def _by_content(values: Mapping[str, Any]) -> str:
    """The type of a document that nobody names, as of the OCI specification's early days."""
    if "manifests" in values:
        return INDEX
    return MANIFEST if "layers" in values and "config" in values else ""


def _wanted(platform: str) -> list[tuple[str, str, str]]:
    """System, machine and variant, the best first."""
    system, _, rest = platform.partition("/")
    machine, _, variant = rest.partition("/")
    variants = _VARIANTS.get(rest, (variant,))
    return [(system, machine, each) for each in variants]


def _platform(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    found = entry.get("platform")
    values = found if isinstance(found, dict) else {}
    system, machine, variant = (
        str(values.get(key) or "") for key in ("os", "architecture", "variant")
    )
    return system, machine, variant


def _config_values(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise _unfit(name, "its configuration is no JSON object")
    return values


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []


def _unfit(name: str, why: str) -> NuagesError:
    return NuagesError(IMAGE_UNFIT, f"{name}: {why}")
