"""An image goes from the store to a registry: its content, then the manifest that makes it one."""

from __future__ import annotations

from functools import partial

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, Progress
from nuages.build.registry.errors import DIGEST_DIFFERS, REFERENCE_INVALID
from nuages.build.registry.exchange.client import Ask, Client
from nuages.build.registry.exchange.refusals import Answer
from nuages.build.registry.records import Records
from nuages.build.registry.reference import Reference
from nuages.build.registry.side_by_side import Transfers
from nuages.build.registry.upload import Upload, check_digest
from nuages.core.errors import NuagesError
from nuages.core.oci import Descriptor, OciImage


def push(
    image: OciImage, blobs: Blobs, reference: Reference, access: Access, progress: Progress
) -> str:
    """The digest of `image`, which is on the registry now, by the tag of `reference` where it has
    one. What the registry has is not sent; the manifest is sent last, so nobody ever finds half
    an image.

    Raises build.E040 where the reference names another digest, and build.E042 to E058.
    """
    if reference.digest not in ("", image.digest):
        message = f"'{reference}' names another image than the one to push, {image.digest}"
        raise NuagesError(REFERENCE_INVALID, message, hint="Push it with a tag, without a digest.")
    with Client(reference, access, "pull,push") as client:
        push_contents(client, blobs, _labelled(image), progress)
        push_manifest(client, image.manifest, blobs.read(image.manifest), reference.tag)
    return image.digest


def push_contents(
    client: Client, blobs: Blobs, contents: dict[Descriptor, str], progress: Progress
) -> None:
    """Have `contents` in the repository, each under its label for `progress`."""
    records = Records(client.access.cache, client.reference.registry)
    transfers = Transfers(progress)

    def transfer(content: Descriptor, label: str) -> None:
        def report(done: int) -> None:
            transfers.report(label, done, content.size)

        Upload(client, records, blobs, content, report).run()

    transfers.run(partial(transfer, *each) for each in contents.items())


def push_manifest(client: Client, manifest: Descriptor, data: bytes, tag: str) -> Answer:
    """Have a manifest, whose content is there, in the repository by `tag`, or by its digest where
    that is empty; what the registry answers. Raises build.E049 and E050 too."""
    headers = {"Content-Type": manifest.media_type, "Content-Length": str(len(data))}
    ask = Ask("PUT", f"manifests/{tag or manifest.digest}", headers, data)
    answer = client.ask(ask, 201, 200, 202)
    check_digest(answer, manifest.digest)
    if "Docker-Content-Digest" not in answer.headers:
        _look_for(client, manifest)
    return answer


def _look_for(client: Client, manifest: Descriptor) -> None:
    """Raises build.E050 where the manifest is not there by its digest."""
    ask = Ask("HEAD", f"manifests/{manifest.digest}", {"Accept": manifest.media_type})
    if client.ask(ask, 200, 404).status != 200:
        message = f"{client.reference.registry} took the manifest and has no {manifest.digest}"
        raise NuagesError(DIGEST_DIFFERS, message)


def _labelled(image: OciImage) -> dict[Descriptor, str]:
    """What an image is made of, each once, the largest first, so that none is left for the end."""
    labels = {image.config: "config", **{layer.content: layer.holds for layer in image.layers}}
    return dict(sorted(labels.items(), key=lambda each: -each[0].size))
