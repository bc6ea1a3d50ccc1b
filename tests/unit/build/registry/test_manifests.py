"""Documents of images, of OCI and of Docker, and which of an index fits a machine."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.build.registry.errors import IMAGE_UNFIT, NO_PLATFORM
from nuages.build.registry.manifests import (
    DOCKER_MANIFEST,
    choose_manifest,
    describe,
    machine_platform,
    read_document,
    read_manifest,
)
from nuages.core.errors import NuagesError
from nuages.core.oci import INDEX, MANIFEST

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def entry(digit: str, platform: str) -> dict[str, object]:
    system, machine, *variant = platform.split("/")
    values = {"os": system, "architecture": machine}
    values |= {"variant": variant[0]} if variant else {}
    digest = f"sha256:{digit * 64}"
    return {"mediaType": MANIFEST, "digest": digest, "size": 1, "platform": values}


def index(*entries: object) -> bytes:
    return json.dumps({"schemaVersion": 2, "manifests": list(entries)}).encode()


def chosen(platform: str, *entries: object) -> str:
    data = index(*entries)
    document = read_document(describe(INDEX, data), data, "r.example/p")
    return choose_manifest(document, platform, "r.example/p").hex[0]


@pytest.mark.parametrize(
    ("machine", "platform"),
    [
        ("x86_64", "linux/amd64"),
        ("aarch64", "linux/arm64"),
        ("armv7l", "linux/arm/v7"),
        ("riscv64", "linux/riscv64"),
    ],
)
def test_a_machine_has_a_platform(machine: str, platform: str) -> None:
    assert machine_platform(machine) == platform


@pytest.mark.parametrize(
    ("platform", "best"),
    [
        ("linux/amd64", "1"),
        ("linux/arm64", "2"),
        ("linux/arm/v7", "4"),
        ("linux/arm/v6", "3"),
        ("linux/arm", "4"),
        ("linux/s390x", "6"),
    ],
)
def test_the_best_of_an_index_is_chosen(platform: str, best: str) -> None:
    entries = [
        entry("0", "unknown/unknown"),
        entry("7", "windows/amd64"),
        entry("8", "linux/amd64/v3"),
        entry("1", "linux/amd64"),
        entry("2", "linux/arm64/v8"),
        entry("3", "linux/arm/v6"),
        entry("4", "linux/arm/v7"),
        entry("6", "linux/s390x"),
    ]
    assert chosen(platform, *entries) == best


def test_an_index_without_the_platform_says_which_it_has() -> None:
    with pytest.raises(NuagesError) as raised:
        chosen("linux/amd64", entry("1", "linux/arm64/v8"), entry("0", "unknown/unknown"), {}, 3)
    assert raised.value.code is NO_PLATFORM
    assert raised.value.message.endswith("but for linux/arm64/v8")


@pytest.mark.parametrize(
    ("said", "own", "kind"),
    [
        (MANIFEST, "", MANIFEST),
        (DOCKER_MANIFEST, DOCKER_MANIFEST, DOCKER_MANIFEST),
        ("application/json", DOCKER_MANIFEST, DOCKER_MANIFEST),
        ("text/plain", "", MANIFEST),
    ],
)
def test_the_type_of_a_manifest_is_what_both_can_mean(said: str, own: str, kind: str) -> None:
    values = {"schemaVersion": 2, "layers": [], "config": {}}
    data = json.dumps(values | ({"mediaType": own} if own else {})).encode()
    assert read_document(describe(said, data), data, "p").content.media_type == kind


def test_a_manifest_that_is_called_otherwise_than_it_calls_itself_is_refused() -> None:
    data = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": []}).encode()
    with pytest.raises(NuagesError) as raised:
        read_document(describe(INDEX, data), data, "p")
    assert raised.value.code is IMAGE_UNFIT


@given(JSON, st.sampled_from([INDEX, MANIFEST, DOCKER_MANIFEST, "text/plain"]))
def test_any_document_is_read_or_refused(values: object, media_type: str) -> None:
    for document in (values, {"schemaVersion": 2, "layers": values, "config": values}):
        data = json.dumps(document).encode()
        code = IMAGE_UNFIT
        try:
            read = read_document(describe(media_type, data), data, "p")
            choose_manifest(read, "linux/amd64", "p") if read.is_index else read_manifest(read, "p")
        except NuagesError as error:
            code = error.code
        assert code in (IMAGE_UNFIT, NO_PLATFORM)
