"""An image goes to a real registry: whole, once, and over connections that break."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.oci.errors import BLOB_DAMAGED
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.errors import (
    BROKEN_OFF,
    NOT_IN_REGISTRY,
    REFERENCE_INVALID,
    REGISTRY_UNREACHABLE,
)
from nuages.build.registry.pull import pull
from nuages.build.registry.push import push
from nuages.build.registry.reference import Reference
from nuages.core.errors import NuagesError
from nuages.core.oci import OciImage
from tests.integration.registry.images import make_image, make_layer
from tests.integration.registry.servers import Cut, CuttingProxy, FakeRegistry, Registry, skopeo

Named = Callable[..., Reference]
PLATFORM = "linux/amd64"


def test_skopeo_reads_what_was_pushed(
    registry: Registry, blobs: Blobs, access: Access, named: Named, tmp_path: Path
) -> None:
    image = make_image(blobs, make_layer(blobs, "base", 250_000), make_layer(blobs, "app"))
    reference = named(registry.host)
    assert push(image, blobs, reference, access, without_progress) == image.digest
    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{reference}"))
    assert (seen["Digest"], seen["Os"], len(seen["Layers"])) == (image.digest, "linux", 2)
    target = tmp_path / "copied"
    skopeo("copy", "--src-tls-verify=false", f"docker://{reference}", f"oci:{target}:x")
    for content in image.contents():
        copied = target / "blobs" / "sha256" / content.hex
        assert copied.read_bytes() == blobs.read(content)


def test_progress_ends_with_all_bytes_of_everything(
    registry: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, make_layer(blobs, "seen-base", 250_000), make_layer(blobs, "seen"))
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(label: str, done: int, total: int) -> None:
        told.setdefault(label, []).append((done, total))

    push(image, blobs, named(registry.host), access, progress)
    sizes = {layer.holds: layer.content.size for layer in image.layers}
    assert {label: steps[-1] for label, steps in told.items()} == {
        label: (size, size) for label, size in {**sizes, "config": image.config.size}.items()
    }
    assert len(told["seen-base"]) > 2


def test_nothing_is_sent_that_the_registry_has(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named
) -> None:
    base = make_layer(blobs, "kept", 300_000)
    reference = named(proxy.host)
    push(make_image(blobs, base), blobs, reference, access, without_progress)
    first = proxy.sent_up
    assert first > 300_000
    changed = make_image(blobs, base, make_layer(blobs, "changed"))
    push(changed, blobs, reference, access, without_progress)
    assert proxy.sent_up - first < 20_000


def test_content_is_taken_over_from_another_repository(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    image = make_image(blobs, make_layer(blobs, "mounted", 300_000))
    push(image, blobs, named(proxy.host, "one"), access, without_progress)
    first = proxy.sent_up
    push(image, blobs, named(proxy.host, "two"), access, without_progress)
    assert proxy.sent_up - first < 20_000
    assert pull(named(proxy.host, "two"), PLATFORM, other_blobs, access, without_progress)


def test_a_record_that_is_wrong_costs_nothing_but_the_upload(
    registry: Registry, blobs: Blobs, access: Access, named: Named, other_blobs: Blobs
) -> None:
    layer = make_layer(blobs, "forgotten", 300_000)
    image = make_image(blobs, layer)
    assert access.cache
    access.cache.mkdir()
    file = access.cache / f"{registry.host.replace(':', '%3A')}.json"
    gone = {"pushed": {layer.content.digest: ["never/was"]}, "uploads": {}}
    file.write_text(json.dumps(gone))
    push(image, blobs, named(registry.host), access, without_progress)
    assert json.loads(file.read_text())["pushed"][layer.content.digest][-1].endswith("/app")
    file.write_text("{broken")
    push(image, blobs, named(registry.host, "again"), access, without_progress)
    assert pull(named(registry.host, "again"), PLATFORM, other_blobs, access, without_progress)


@pytest.mark.parametrize("after", [10, 3_000, 150_000, 250_000])
def test_a_connection_that_is_cut_costs_no_image(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named, after: int
) -> None:
    """Wherever it is cut; this registry forgets an upload that breaks off within a chunk."""
    layer = make_layer(blobs, f"cut-{after}", 400_000)
    image = make_image(blobs, layer)
    proxy.cuts = [Cut(after)]
    push(image, blobs, named(proxy.host), access, without_progress)
    assert not proxy.cuts
    blobs.remove(layer.content.digest)
    assert pull(named(proxy.host), PLATFORM, blobs, access, without_progress).digest == image.digest


def test_an_upload_that_breaks_between_chunks_goes_on_there(
    proxy: CuttingProxy, blobs: Blobs, access: Access, named: Named, pauses: list[float]
) -> None:
    image = make_image(blobs, make_layer(blobs, "taken-up", 1_000_000))
    proxy.cuts = [Cut(before=b"Content-Range: 600000-")]
    push(image, blobs, named(proxy.host), access, without_progress)
    assert not proxy.cuts
    assert proxy.sent_up < 1_050_000
    assert len(pauses) == 1


def push_and_die(reference: Reference, image: OciImage, store: Path, cache: Path) -> None:
    """Push in a process that is killed within the upload."""
    program = Path(__file__).with_name("killed_push.py")
    argv = [sys.executable, str(program), str(reference), image.digest, str(store), str(cache)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 9, done.stderr


def test_an_upload_whose_process_was_killed_is_no_image(
    registry: Registry, blobs: Blobs, access: Access, named: Named, tmp_path: Path
) -> None:
    layer = make_layer(blobs, "outlived", 1_000_000)
    image, reference = make_image(blobs, layer), named(registry.host)
    push_and_die(reference, image, tmp_path / "store", tmp_path / "cache")
    other = Blobs(tmp_path / "pulled")
    with pytest.raises(NuagesError) as raised:
        pull(reference, PLATFORM, other, access, without_progress)
    assert raised.value.code is NOT_IN_REGISTRY
    push(image, blobs, reference, access, without_progress)
    pulled = pull(reference, PLATFORM, other, access, without_progress)
    assert other.read(pulled.layers[0].content) == blobs.read(layer.content)


def test_an_upload_whose_process_was_killed_goes_on(
    start: Callable[[FakeRegistry], FakeRegistry], blobs: Blobs, access: Access, tmp_path: Path
) -> None:
    registry = start(FakeRegistry())
    layer = make_layer(blobs, "outlived", 1_000_000)
    image, reference = make_image(blobs, layer), Reference(registry.host, "team/polls", "1.0")
    push_and_die(reference, image, tmp_path / "store", tmp_path / "cache")
    assert registry.manifests == {}
    before = len(registry.asked)
    push(image, blobs, reference, access, without_progress)
    sent = sum(len(asked.body) for asked in registry.asked[before:])
    assert sent < 600_000
    assert registry.contents[layer.content.digest] == blobs.read(layer.content)


def test_a_registry_that_goes_down_within_a_push_is_one_error(
    tmp_path: Path, blobs: Blobs, access: Access, named: Named
) -> None:
    registry = Registry(tmp_path / "r").start()
    image = make_image(blobs, make_layer(blobs, "down", 400_000))

    def progress(_label: str, done: int, _total: int) -> None:
        if done > 150_000:
            registry.stop()

    try:
        with pytest.raises(NuagesError) as raised:
            push(image, blobs, named(registry.host), access, progress)
    finally:
        registry.stop()
    assert raised.value.code in (REGISTRY_UNREACHABLE, BROKEN_OFF)
    assert registry.host in raised.value.message


def test_damaged_content_never_becomes_an_image(
    registry: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    layer = make_layer(blobs, "damaged", 300_000)
    image = make_image(blobs, layer)
    path = blobs.path(layer.content.digest)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(NuagesError) as raised:
        push(image, blobs, named(registry.host), access, without_progress)
    assert raised.value.code is BLOB_DAMAGED
    done = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", f"docker://{named(registry.host)}"],
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0


def test_a_reference_of_another_digest_is_not_pushed_to(
    registry: Registry, blobs: Blobs, access: Access, named: Named
) -> None:
    image = make_image(blobs, make_layer(blobs, "app"))
    other = replace(named(registry.host), digest="sha256:" + "0" * 64)
    with pytest.raises(NuagesError) as raised:
        push(image, blobs, other, access, without_progress)
    assert raised.value.code is REFERENCE_INVALID
    same = replace(other, digest=image.digest, tag="")
    assert push(image, blobs, same, access, without_progress) == image.digest
