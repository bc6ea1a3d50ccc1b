"""Layers and a description of how to run them become an image: its configuration and its manifest,
the same bytes for the same input (image-spec, "config.md" and "manifest.md")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nuages.build.oci.blobs import Blobs
from nuages.core.oci import CONFIG, MANIFEST, Layer, OciImage

# Python's names for machines, and those of GOARCH, which the specification takes.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le"}


@dataclass(frozen=True, slots=True)
class Execution:
    """How an image is run: `command` is its CMD, so that every argument of `docker run` takes its
    place (there is no ENTRYPOINT); `user` is `UID:GID`; `ports` are TCP; `labels` are written into
    the configuration and, as annotations, into the manifest."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    folder: str
    user: str
    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def make_image(
    blobs: Blobs, layers: tuple[Layer, ...], execution: Execution, machine: str, epoch: int = 0
) -> OciImage:
    """Put the configuration and the manifest of an image into the store; its layers are there.
    `machine` is what `os.uname` calls it."""
    config = blobs.add(CONFIG, _json(_config(layers, execution, machine, epoch)))
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(config.media_type, config.digest, config.size),
        "layers": [
            _descriptor(each.content.media_type, each.content.digest, each.content.size)
            for each in layers
        ],
        "annotations": dict(sorted(execution.labels.items())),
    }
    return OciImage(blobs.add(MANIFEST, _json(document)), config, layers)


def architecture(machine: str) -> str:
    """The specification's name for a machine (`amd64` for `x86_64`)."""
    return _ARCHITECTURES.get(machine, machine)


def moment(epoch: int) -> str:
    """RFC 3339, as the specification wants it."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _config(
    layers: tuple[Layer, ...], execution: Execution, machine: str, epoch: int
) -> dict[str, object]:
    created = moment(epoch)
    return {
        "created": created,
        "architecture": architecture(machine),
        "os": "linux",
        "config": {
            "User": execution.user,
            "ExposedPorts": {f"{port}/tcp": {} for port in execution.ports},
            "Env": [f"{name}={value}" for name, value in sorted(execution.env.items())],
            "Cmd": list(execution.command),
            "Volumes": {volume: {} for volume in execution.volumes},
            "WorkingDir": execution.folder,
            "Labels": dict(sorted(execution.labels.items())),
            "StopSignal": "SIGTERM",
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [
            {"created": created, "created_by": f"nuages build: {layer.holds}"} for layer in layers
        ],
    }


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
