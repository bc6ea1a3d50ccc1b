"""A document about an image, such as an SBOM, is attached to it on the registry: an artifact whose
subject the image is.

https://specs.opencontainers.org/distribution-spec/#pushing-manifests-with-subject
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.errors import IMAGE_UNFIT
from nuages.build.registry.exchange.client import Ask, Client
from nuages.build.registry.manifests import ACCEPTED, describe, read_document
from nuages.build.registry.pull import MANIFEST_LIMIT
from nuages.build.registry.push import push_contents, push_manifest
from nuages.build.registry.reference import Reference
from nuages.core.errors import NuagesError
from nuages.core.oci import INDEX, MANIFEST, Descriptor

# What stands for a configuration in a manifest that has none: image-spec, "Guidance for an empty
# descriptor".
EMPTY, _NOTHING = "application/vnd.oci.empty.v1+json", b"{}"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A document of a kind (`application/spdx+json`), whose content is in the store."""

    kind: str
    content: Descriptor
    annotations: Mapping[str, str] = field(default_factory=dict)


def attach(
    subject: Descriptor, artifact: Artifact, blobs: Blobs, reference: Reference, access: Access
) -> Descriptor:
    """The manifest of `artifact`, which is attached to the image whose manifest is `subject`, in
    the repository of `reference`. The same attached again changes nothing.

    Raises build.E042 to E058.
    """
    nothing = blobs.add(EMPTY, _NOTHING)
    data = artifact_manifest(subject, artifact, nothing)
    manifest = blobs.add(MANIFEST, data)
    contents = {artifact.content: artifact.kind, nothing: "config"}
    with Client(reference, access, "pull,push") as client:
        push_contents(client, blobs, contents, without_progress)
        answer = push_manifest(client, manifest, data, "")
        if "OCI-Subject" not in answer.headers:
            _list_by_tag(client, subject, _entry(manifest, artifact))
    return manifest


def artifact_manifest(subject: Descriptor, artifact: Artifact, nothing: Descriptor) -> bytes:
    """The manifest, the same for the same."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": artifact.kind,
        "config": _descriptor(nothing),
        "layers": [_descriptor(artifact.content)],
        "subject": _descriptor(subject),
        **({"annotations": dict(artifact.annotations)} if artifact.annotations else {}),
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def referrers_tag(subject: Descriptor) -> str:
    """The tag at which artifacts of an image are listed where a registry keeps no list itself."""
    return subject.digest.replace(":", "-", 1)


def _list_by_tag(client: Client, subject: Descriptor, entry: dict[str, Any]) -> None:
    """Add an artifact to the index that stands for the registry's own list."""
    tag = referrers_tag(subject)
    ask = Ask("GET", f"manifests/{tag}", {"Accept": ACCEPTED}, limit=MANIFEST_LIMIT)
    answer = client.ask(ask, 200, 404)
    listed = _listed(client, tag, answer.body) if answer.status == 200 else []
    if any(isinstance(each, dict) and each.get("digest") == entry["digest"] for each in listed):
        return
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*listed, entry]}
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    push_manifest(client, describe(INDEX, data), data, tag)


def _listed(client: Client, tag: str, body: bytes) -> list[Any]:
    """What an index at the tag lists; whatever else is there is nobody's list, and is kept."""
    name = f"{client.reference.registry}/{client.reference.repository}:{tag}"
    document = read_document(describe(INDEX, body), body, name)
    listed = document.values.get("manifests")
    if not isinstance(listed, list):
        message = f"{name} is in the place of the list of what is attached, and is none"
        raise NuagesError(IMAGE_UNFIT, message)
    return listed


def _entry(manifest: Descriptor, artifact: Artifact) -> dict[str, Any]:
    annotations = {"annotations": dict(artifact.annotations)} if artifact.annotations else {}
    return {**_descriptor(manifest), "artifactType": artifact.kind, **annotations}


def _descriptor(content: Descriptor) -> dict[str, Any]:
    return {"mediaType": content.media_type, "digest": content.digest, "size": content.size}
