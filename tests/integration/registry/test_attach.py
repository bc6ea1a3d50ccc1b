"""An SBOM is attached to an image: the registry's own list where it keeps one, else a tag."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.attach import Artifact, attach, referrers_tag
from nuages.build.registry.errors import IMAGE_UNFIT
from nuages.build.registry.push import push
from nuages.build.registry.reference import Reference
from nuages.core.errors import NuagesError
from nuages.core.oci import INDEX
from tests.integration.registry.images import make_image, make_layer
from tests.integration.registry.servers import Asked, FakeRegistry, Registry, Told, skopeo

Named = Callable[..., Reference]
SPDX = "application/spdx+json"


def sbom(blobs: Blobs, text: str = "{}") -> Artifact:
    return Artifact(SPDX, blobs.add(SPDX, text.encode()), {"org.example.made-by": "tests"})


def test_an_sbom_is_listed_by_a_tag_where_the_registry_keeps_no_list(
    registry: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    image, reference = make_image(blobs, make_layer(blobs, "app")), named(registry.host)
    push(image, blobs, reference, access, without_progress)
    first = attach(image.manifest, sbom(blobs), blobs, reference, access)
    second = attach(image.manifest, sbom(blobs, '{"a": 1}'), blobs, reference, access)
    assert attach(image.manifest, sbom(blobs), blobs, reference, access) == first
    name = f"docker://{reference.registry}/{reference.repository}"
    inspect = ("inspect", "--raw", "--tls-verify=false")
    index = json.loads(skopeo(*inspect, f"{name}:{referrers_tag(image.manifest)}"))
    assert index["mediaType"] == INDEX
    assert [each["digest"] for each in index["manifests"]] == [first.digest, second.digest]
    assert index["manifests"][0]["artifactType"] == SPDX
    manifest = json.loads(skopeo(*inspect, f"{name}@{first.digest}"))
    assert manifest["subject"]["digest"] == image.digest
    assert manifest["annotations"] == {"org.example.made-by": "tests"}
    assert blobs.read(first) == skopeo(*inspect, f"{name}@{first.digest}").encode()


def test_a_registry_that_keeps_a_list_gets_no_tag(
    start: Callable[[FakeRegistry], FakeRegistry], blobs: Blobs, access: Access
) -> None:
    registry = start(FakeRegistry())
    image = make_image(blobs, make_layer(blobs, "app"))
    honest = registry.answer

    def listing(asked: Asked) -> Told:
        told = honest(asked)
        if asked.method == "PUT" and b'"subject"' in asked.body:
            return Told(told.status, b"", {**told.headers, "OCI-Subject": image.digest})
        return told

    registry.answer = listing
    manifest = attach(
        image.manifest, sbom(blobs), blobs, Reference(registry.host, "p", "1"), access
    )
    assert list(registry.manifests) == [manifest.digest]


def test_something_else_in_the_place_of_the_list_is_kept(
    registry: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, make_layer(blobs, "app"))
    taken = named(registry.host, tag=referrers_tag(image.manifest))
    push(image, blobs, taken, access, without_progress)
    with pytest.raises(NuagesError) as raised:
        attach(image.manifest, sbom(blobs), blobs, taken, access)
    assert raised.value.code is IMAGE_UNFIT
    assert taken.tag in raised.value.message
