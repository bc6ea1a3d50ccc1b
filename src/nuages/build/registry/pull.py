"""An image comes from a registry into the store: its manifest, its configuration, its layers."""

from __future__ import annotations

import errno
from functools import partial

from nuages.build.errors import DISK_FULL
from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, Progress
from nuages.build.registry.download import download
from nuages.build.registry.errors import DIGEST_DIFFERS, DOCUMENT_TOO_LARGE
from nuages.build.registry.exchange.client import Ask, Client
from nuages.build.registry.manifests import (
    ACCEPTED,
    HOLDS,
    Document,
    check_platform,
    choose_manifest,
    describe,
    read_document,
    read_image,
    read_manifest,
)
from nuages.build.registry.records import Records
from nuages.build.registry.reference import Reference
from nuages.build.registry.side_by_side import Transfers
from nuages.core.errors import NuagesError
from nuages.core.oci import Descriptor, OciImage

# The specification wants registries to take manifests of 4 MiB; configurations are as small.
MANIFEST_LIMIT = CONFIG_LIMIT = 4 * 1024 * 1024
_MEBIBYTE = 1024 * 1024


def pull(
    reference: Reference, platform: str, blobs: Blobs, access: Access, progress: Progress
) -> OciImage:
    """The image that `reference` names, made for `platform` (`linux/amd64`), with all of its
    content in `blobs`. Media types stay as they are.

    Raises build.E007 and E042 to E058.
    """
    try:
        with Client(reference, access, "pull") as client:
            image = _pulled(client, platform, blobs, progress)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"There is no room for {reference} in the store"
        raise NuagesError(DISK_FULL, message) from None
    records = Records(access.cache, reference.registry)
    for content in image.contents():
        records.note_pushed(content.digest, reference.repository)
    return image


def _pulled(client: Client, platform: str, blobs: Blobs, progress: Progress) -> OciImage:
    name, transfers = str(client.reference), Transfers(progress)
    document, data = _fetched(client, client.reference.target, name)
    indexed = document.is_index
    if indexed:
        chosen = choose_manifest(document, platform, name)
        document, data = _fetched(client, chosen.digest, name)
    config, layers = read_manifest(document, name)
    if config.size > CONFIG_LIMIT:
        message = f"The configuration of {name} has {config.size} bytes"
        raise NuagesError(DOCUMENT_TOO_LARGE, message)
    download(client, blobs, config, lambda done: transfers.report("config", done, config.size))
    described = blobs.read(config)
    if not indexed:  # what an index says of a manifest is what its maker meant
        check_platform(described, platform, name)
    image = read_image(document, config, layers, described, name)

    def fetch(layer: Descriptor) -> None:
        download(client, blobs, layer, lambda done: transfers.report(HOLDS, done, layer.size))

    transfers.run(partial(fetch, layer) for layer in dict.fromkeys(layers))
    blobs.add(document.content.media_type, data)
    return image


def _fetched(client: Client, target: str, name: str) -> tuple[Document, bytes]:
    """A manifest or an index by its tag or its digest, which is checked.

    Raises build.E042 to E058.
    """
    ask = Ask("GET", f"manifests/{target}", {"Accept": ACCEPTED}, limit=MANIFEST_LIMIT)
    answer = client.ask(ask, 200)
    if len(answer.body) > MANIFEST_LIMIT:
        message = f"The manifest of {name} has more than {MANIFEST_LIMIT // _MEBIBYTE} MiB"
        raise NuagesError(DOCUMENT_TOO_LARGE, message)
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    content = describe(media_type, answer.body)
    said = answer.headers.get("Docker-Content-Digest", content.digest)
    wanted = target if ":" in target else said
    if wanted.startswith("sha256:") and content.digest != wanted:
        message = (
            f"{client.reference.registry} sends {content.digest} as the manifest {wanted[:100]}"
        )
        raise NuagesError(DIGEST_DIFFERS, message)
    return read_document(content, answer.body, name), answer.body
