"""An image comes from a real registry: for this machine, whole, and with the digests it had."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.errors import (
    DIGEST_DIFFERS,
    NO_PLATFORM,
    NOT_IN_REGISTRY,
)
from nuages.build.registry.exchange.client import Client
from nuages.build.registry.manifests import DOCKER_CONFIG, DOCKER_MANIFEST
from nuages.build.registry.pull import pull
from nuages.build.registry.push import push, push_manifest
from nuages.build.registry.reference import Reference
from nuages.core.errors import NuagesError
from nuages.core.oci import INDEX, OciImage
from tests.integration.registry.images import as_json, make_image, make_layer
from tests.integration.registry.servers import Cut, CuttingProxy, Registry, skopeo

Named = Callable[..., Reference]
AMD64, ARM64 = "linux/amd64", "linux/arm64"


def refused(reference: Reference, blobs: Blobs, access: Access) -> NuagesError:
    with pytest.raises(NuagesError) as raised:
        pull(reference, AMD64, blobs, access, without_progress)
    return raised.value


def write_layout(blobs: Blobs, image: OciImage, folder: Path) -> None:
    """An OCI layout of the image, for skopeo."""
    for content in (image.manifest, *image.contents()):
        target = folder / "blobs" / "sha256" / content.hex
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(blobs.read(content))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    index = {"schemaVersion": 2, "manifests": [as_json(image.manifest)]}
    (folder / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_what_skopeo_pushed_is_pulled_as_it_is(
    registry: Registry, access: Access, named: Named, tmp_path: Path, form: str
) -> None:
    blobs = Blobs(tmp_path / "store")
    image = make_image(blobs, make_layer(blobs, "base", 200_000), make_layer(blobs, "app"))
    write_layout(blobs, image, tmp_path / "layout")
    reference = named(registry.host)
    skopeo(
        "copy",
        f"--format={form}",
        "--dest-tls-verify=false",
        f"oci:{tmp_path}/layout",
        f"docker://{reference}",
    )
    store = Blobs(tmp_path / "pulled")
    pulled = pull(reference, AMD64, store, access, without_progress)
    assert [layer.diff_id for layer in pulled.layers] == [layer.diff_id for layer in image.layers]
    assert [store.read(layer.content) for layer in pulled.layers] == [
        blobs.read(layer.content) for layer in image.layers
    ]
    if form == "oci":
        assert pulled.digest == image.digest
    else:
        types = (pulled.manifest.media_type, pulled.config.media_type)
        assert types == (DOCKER_MANIFEST, DOCKER_CONFIG)
    assert store.read(pulled.manifest)
    # What was pulled can be pushed as it is.
    assert push(pulled, store, named(registry.host, "again"), access, without_progress)


def push_index(
    blobs: Blobs, reference: Reference, access: Access, images: dict[str, OciImage]
) -> None:
    entries = []
    with Client(reference, access, "pull,push") as client:
        for platform, image in images.items():
            by_digest = Reference(reference.registry, reference.repository, "", image.digest)
            push(image, blobs, by_digest, access, without_progress)
            system, machine = platform.split("/")
            entry = {**as_json(image.manifest), "platform": {"os": system, "architecture": machine}}
            entries.append(entry)
        data = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        push_manifest(client, blobs.add(INDEX, data), data, reference.tag)


def test_the_image_for_the_platform_is_taken_from_an_index(
    registry: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    images = {
        "unknown/unknown": make_image(blobs, make_layer(blobs, "attestation")),
        ARM64: make_image(blobs, make_layer(blobs, "arm"), architecture="arm64"),
        AMD64: make_image(blobs, make_layer(blobs, "amd")),
    }
    reference = named(registry.host)
    push_index(blobs, reference, access, images)
    for platform in (AMD64, ARM64):
        pulled = pull(reference, platform, other_blobs, access, without_progress)
        assert pulled.digest == images[platform].digest
    with pytest.raises(NuagesError) as raised:
        pull(reference, "linux/s390x", other_blobs, access, without_progress)
    assert raised.value.code is NO_PLATFORM
    assert "for linux/amd64, linux/arm64" in raised.value.message


def test_an_image_for_another_machine_is_refused(
    registry: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    image = make_image(blobs, make_layer(blobs, "arm"), architecture="arm64")
    push(image, blobs, named(registry.host), access, without_progress)
    error = refused(named(registry.host), other_blobs, access)
    assert error.code is NO_PLATFORM
    assert "linux/arm64" in error.message


def test_an_image_is_pulled_by_its_digest(
    registry: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    image = make_image(blobs, make_layer(blobs, "by-digest"))
    reference = named(registry.host)
    push(image, blobs, reference, access, without_progress)
    by_digest = Reference(reference.registry, reference.repository, "moved", image.digest)
    assert pull(by_digest, AMD64, other_blobs, access, without_progress).digest == image.digest


@pytest.mark.parametrize("name", ["no tag", "no repository", "no digest"])
def test_an_image_that_is_not_there_is_said(
    registry: Registry, blobs: Blobs, access: Access, named: Named, name: str
) -> None:
    push(make_image(blobs, make_layer(blobs, "a")), blobs, named(registry.host), access, print)
    unknown = {
        "no tag": named(registry.host, tag="2.0"),
        "no repository": named(registry.host, name="other"),
        "no digest": Reference(
            registry.host, named(registry.host).repository, "", "sha256:" + "0" * 64
        ),
    }[name]
    error = refused(unknown, blobs, access)
    assert error.code is NOT_IN_REGISTRY
    assert unknown.repository in error.message


def test_a_download_that_is_cut_goes_on_where_it_was(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    layer = make_layer(blobs, "cut-down", 3_000_000)
    image = make_image(blobs, layer)
    push(image, blobs, named(proxy.host), access, without_progress)
    proxy.sent_down = 0
    proxy.cuts = [Cut(2_500_000, up=False), Cut(300_000, up=False)]
    pulled = pull(named(proxy.host), AMD64, other_blobs, access, without_progress)
    assert not proxy.cuts
    assert other_blobs.read(pulled.layers[0].content) == blobs.read(layer.content)
    # Pieces of a megabyte that did not come to their end come again.
    assert proxy.sent_down < 5_500_000


def test_a_download_that_gets_on_a_little_each_time_comes_to_its_end(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    image = make_image(blobs, make_layer(blobs, "often", 3_000_000))
    push(image, blobs, named(proxy.host), access, without_progress)
    proxy.cuts = [Cut(30_000, up=False) for _ in range(20)]
    pulled = pull(named(proxy.host), AMD64, other_blobs, access, without_progress)
    assert (pulled.digest, proxy.cuts) == (image.digest, [])


def test_content_that_a_registry_has_damaged_is_not_kept(
    registry: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    layer = make_layer(blobs, "rotten", 50_000)
    push(make_image(blobs, layer), blobs, named(registry.host), access, without_progress)
    hexadecimal = layer.content.hex
    kept = registry.content / "docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal
    data = (kept / "data").read_bytes()
    (kept / "data").write_bytes(data[:-1] + b"!")
    error = refused(named(registry.host), other_blobs, access)
    assert error.code is DIGEST_DIFFERS
    assert layer.content.digest in error.message
    assert layer.content.digest not in other_blobs.digests()
