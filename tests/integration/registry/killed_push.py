"""Pushes an image of a store, and dies within the upload: REFERENCE DIGEST STORE CACHE."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access
from nuages.build.registry.manifests import describe, read_document, read_image, read_manifest
from nuages.build.registry.push import push
from nuages.build.registry.reference import Reference
from nuages.core.oci import MANIFEST

DIES_AFTER = 600_000


def main(reference: str, digest: str, store: str, cache: str) -> None:
    """Ends with 9 where all went as it should."""
    blobs = Blobs(Path(store))
    data = blobs.path(digest).read_bytes()
    document = read_document(describe(MANIFEST, data), data, reference)
    config, layers = read_manifest(document, reference)
    image = read_image(document, config, layers, blobs.read(config), reference)
    access = Access(cache=Path(cache), chunk=100_000)
    push(image, blobs, Reference.parse(reference), access, die)


def die(_label: str, done: int, _total: int) -> None:
    """As a kill does: nothing is tidied up."""
    if done > DIES_AFTER:
        os._exit(9)


if __name__ == "__main__":
    main(*sys.argv[1:])
