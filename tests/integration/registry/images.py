"""Small real images for the tests of registries."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile

from nuages.build.oci.blobs import Blobs
from nuages.core.oci import CONFIG, LAYER_GZIP, MANIFEST, Descriptor, Layer, OciImage


def make_layer(blobs: Blobs, holds: str, size: int = 1000) -> Layer:
    """A layer with one file of `size` bytes that cannot be compressed, the same for the same."""
    data = random.Random(holds).randbytes(size)  # noqa: S311
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo(f"srv/{holds}")
        entry.size = size
        tar.addfile(entry, io.BytesIO(data))
    tar_bytes = stream.getvalue()
    content = blobs.add(LAYER_GZIP, gzip.compress(tar_bytes, mtime=0))
    return Layer(content, f"sha256:{hashlib.sha256(tar_bytes).hexdigest()}", holds)


def make_image(blobs: Blobs, *layers: Layer, architecture: str = "amd64") -> OciImage:
    """An image of these layers, in the store."""
    config = blobs.add(
        CONFIG,
        json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "config": {"Cmd": ["/bin/true"]},
                "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
            }
        ).encode(),
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": as_json(config),
        "layers": [as_json(layer.content) for layer in layers],
    }
    return OciImage(blobs.add(MANIFEST, json.dumps(manifest).encode()), config, layers)


def as_json(content: Descriptor) -> dict[str, object]:
    """A descriptor as documents have it."""
    return {"mediaType": content.media_type, "digest": content.digest, "size": content.size}
