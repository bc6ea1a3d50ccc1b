"""Whatever a registry answers, or something that is none: one clear error, or another try."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nuages.build.errors import DISK_FULL
from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access, without_progress
from nuages.build.registry.errors import (
    BROKEN_OFF,
    CERTIFICATE_UNTRUSTED,
    DIGEST_DIFFERS,
    DOCUMENT_TOO_LARGE,
    IMAGE_UNFIT,
    NOT_A_REGISTRY,
    REGISTRY_FAILED,
    REGISTRY_FULL,
    REGISTRY_UNREACHABLE,
    TAG_IMMUTABLE,
)
from nuages.build.registry.pull import pull
from nuages.build.registry.push import push
from nuages.build.registry.reference import Reference
from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.oci import MANIFEST, OciImage
from tests.integration.registry.images import as_json, make_image, make_layer
from tests.integration.registry.servers import (
    Asked,
    Cut,
    CuttingProxy,
    FakeRegistry,
    FakeServer,
    Registry,
    Told,
    refused,
    told,
    with_tls,
)
from tools.own_platform import free_port

Start = Callable[[Any], Any]
PLATFORM = "linux/amd64"


@pytest.fixture
def registry(start: Start) -> FakeRegistry:
    made: FakeRegistry = start(FakeRegistry())
    return made


@pytest.fixture
def image(blobs: Blobs) -> OciImage:
    return make_image(blobs, make_layer(blobs, "app", 350_000))


def on(host: str) -> Reference:
    return Reference(host, "team/polls", "1.0")


def pull_error(host: str, blobs: Blobs, access: Access) -> NuagesError:
    with pytest.raises(NuagesError) as raised:
        pull(on(host), PLATFORM, blobs, access, without_progress)
    return raised.value


def push_error(host: str, image: OciImage, blobs: Blobs, access: Access) -> NuagesError:
    with pytest.raises(NuagesError) as raised:
        push(image, blobs, on(host), access, without_progress)
    return raised.value


def test_nobody_at_the_port(blobs: Blobs, access: Access, pauses: list[float]) -> None:
    host = f"127.0.0.1:{free_port()}"
    error = pull_error(host, blobs, access)
    assert error.code is REGISTRY_UNREACHABLE
    assert error.message == f"{host} takes no connection: Connection refused"
    assert pauses == []


def test_no_such_host(blobs: Blobs, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = pull_error("registry.invalid", blobs, access)
    assert error.code is REGISTRY_UNREACHABLE
    assert "registry.invalid" in error.message
    assert "no such host" in error.message


@pytest.mark.parametrize("status", [200, 302, 404, 418])
def test_a_web_page_is_no_registry(
    fake: FakeServer, blobs: Blobs, access: Access, status: int
) -> None:
    fake.answer = lambda asked: Told(status, b"<html>Hi</html>", {"Content-Type": "text/html"})
    error = pull_error(fake.host, blobs, access)
    assert error.code is NOT_A_REGISTRY
    assert f"{status} with text/html" in error.message


def test_what_speaks_no_http_is_no_registry(blobs: Blobs, access: Access) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            near, _ = listener.accept()
            with near:
                near.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                near.recv(65536)

        speaker = threading.Thread(target=speak)
        speaker.start()
        error = pull_error(f"127.0.0.1:{listener.getsockname()[1]}", blobs, access)
        speaker.join()
    assert error.code is NOT_A_REGISTRY
    assert "does not speak HTTP" in error.message


@pytest.fixture
def tls(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """The host of a registry with TLS, by a name that is not known to be this machine's, and its
    certificate."""
    known = socket.getaddrinfo

    def here(host: str, *arguments: Any, **options: Any) -> Any:
        return known("127.0.0.1" if host == "registry.test" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    folder = tmp_path / "tls"
    registry = start(Registry(folder, with_tls(folder, "registry.test")))
    return f"registry.test:{registry.port}", folder / "tls.pem"


def test_a_certificate_that_nobody_trusts(
    tls: tuple[str, Path], blobs: Blobs, access: Access
) -> None:
    error = pull_error(tls[0], blobs, access)
    assert error.code is CERTIFICATE_UNTRUSTED
    assert tls[0] in error.message
    assert "SSL_CERT_FILE" in error.hint


def test_a_certificate_in_ssl_cert_file_is_trusted(
    tls: tuple[str, Path],
    image: OciImage,
    blobs: Blobs,
    access: Access,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[1]))
    assert push(image, blobs, on(tls[0]), access, without_progress) == image.digest


def test_https_at_a_port_without_it(
    tls: tuple[str, Path], fake: FakeServer, blobs: Blobs, access: Access
) -> None:
    error = pull_error(f"registry.test:{fake.port}", blobs, access)
    assert error.code is NOT_A_REGISTRY
    assert f"NUAGES_INSECURE_REGISTRIES=registry.test:{fake.port}" in error.hint


@pytest.mark.parametrize(
    "answer",
    [
        refused(507, "UNKNOWN", "disk at its end"),
        refused(500, "UNKNOWN", "write /var/lib/x: no space left on device"),
        told(500, {"errors": [{"code": "UNKNOWN", "detail": {"Err": 28}}]}),
        refused(403, "DENIED", "storage quota exceeded"),
    ],
)
def test_a_registry_that_is_full(
    registry: FakeRegistry, blobs: Blobs, access: Access, pauses: list[float], answer: Told
) -> None:
    image = make_image(blobs, make_layer(blobs, "app", 350_000))
    for method in ("POST", "PATCH"):
        registry.first = {method: [answer] * 9}
        assert push_error(registry.host, image, blobs, access).code is REGISTRY_FULL
    assert registry.manifests == {}
    assert pauses == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full(
    start: Start, tmp_path: Path, image: OciImage, blobs: Blobs, access: Access
) -> None:
    with small_disk(tmp_path / "small") as folder:
        registry = start(Registry(folder))
        error = push_error(registry.host, image, blobs, access)
        registry.stop()
    assert error.code is REGISTRY_FULL


@pytest.mark.parametrize(
    "answer",
    [
        refused(409, "TAG_INVALID", "tag 1.0 exists"),
        refused(400, "TAG_INVALID", "The image tag '1.0' already exists and cannot be overwritten"),
        refused(412, "PRECONDITION", "configured as immutable"),
    ],
)
def test_a_tag_that_may_not_be_changed(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, answer: Told
) -> None:
    push(image, blobs, on(registry.host), access, without_progress)
    registry.first["PUT"] = [answer]
    assert push_error(registry.host, image, blobs, access).code is TAG_IMMUTABLE


def test_another_digest_than_was_sent(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access
) -> None:
    push(image, blobs, on(registry.host), access, without_progress)
    other = "sha256:" + "0" * 64
    registry.first["PUT"] = [Told(201, b"", {"Docker-Content-Digest": other})]
    error = push_error(registry.host, image, blobs, access)
    assert error.code is DIGEST_DIFFERS
    assert other in error.message


def test_a_failure_that_passes_is_waited_for(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, pauses: list[float]
) -> None:
    registry.first = {
        "HEAD": [refused(503, "UNAVAILABLE"), refused(502, "UNKNOWN")],
        "PATCH": [refused(429, "TOOMANYREQUESTS", "slowly", Retry_After="7")],
        "PUT": [refused(500, "UNKNOWN")],
    }
    push(image, blobs, on(registry.host), access, without_progress)
    assert 7.0 in pauses
    assert len(pauses) == 4
    assert registry.contents[image.layers[0].content.digest]


def test_a_failure_that_stays_is_one_error(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, pauses: list[float]
) -> None:
    registry.first["POST"] = [refused(503, "UNAVAILABLE", "come back \x1b[31mlater")] * 99
    error = push_error(registry.host, image, blobs, access)
    assert error.code is REGISTRY_FAILED
    assert "503, UNAVAILABLE: come back  [31mlater" in error.message
    assert 4.0 in pauses


def test_an_upload_goes_on_where_it_broke_off(
    registry: FakeRegistry, start: Start, blobs: Blobs, access: Access
) -> None:
    layer = make_layer(blobs, "app", 1_000_000)
    proxy = start(CuttingProxy(registry.port, [Cut(550_000), Cut(300_000)]))
    push(make_image(blobs, layer), blobs, on(proxy.host), access, without_progress)
    assert proxy.cuts == []
    assert registry.contents[layer.content.digest] == blobs.read(layer.content)
    assert proxy.sent_up < 1_200_000


@pytest.mark.parametrize("status", [400, 404, 405, 416, 501])
def test_a_registry_that_takes_no_chunks_gets_content_in_one_piece(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, status: int
) -> None:
    registry.first["PATCH"] = [refused(status, "UNSUPPORTED")] * 99
    push(image, blobs, on(registry.host), access, without_progress)
    assert set(registry.contents) == {content.digest for content in image.contents()}
    assert len([line for line in registry.lines() if line.startswith("PATCH")]) == 1


def test_a_registry_that_takes_only_one_chunk_gets_content_in_one_piece(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access
) -> None:
    honest = registry.answer

    def strict(asked: Asked) -> Told:
        if asked.method == "PATCH" and not asked.headers["content-range"].startswith("0-"):
            return refused(416, "BLOB_UPLOAD_INVALID")
        return honest(asked)

    registry.answer = strict
    push(image, blobs, on(registry.host), access, without_progress)
    assert set(registry.contents) == {content.digest for content in image.contents()}


def test_an_error_of_our_own_is_none_of_the_connection(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, pauses: list[float]
) -> None:
    def progress(_label: str, _done: int, _total: int) -> None:
        raise BrokenPipeError(errno.EPIPE, "nobody reads any more")

    with pytest.raises(BrokenPipeError):
        push(image, blobs, on(registry.host), access, progress)
    assert pauses == []


def test_a_proxy_of_the_environment_is_used_except_for_this_machine(
    registry: FakeRegistry,
    image: OciImage,
    blobs: Blobs,
    access: Access,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The registry stands for the proxy too: it gets whole addresses then."""
    monkeypatch.setenv("http_proxy", registry.url)
    insecure = replace(access, insecure=frozenset({"build.lan:5000"}))
    push(image, blobs, on("build.lan:5000"), insecure, without_progress)
    assert {asked.headers["host"] for asked in registry.asked} == {"build.lan:5000"}
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    push(image, blobs, on(registry.host), access, without_progress)
    with pytest.raises(NuagesError) as raised:
        push(image, blobs, on("build.lan:5000"), insecure, without_progress)
    assert raised.value.code is REGISTRY_UNREACHABLE
    assert "proxy" in raised.value.message


def test_a_login_that_ends_within_an_upload_is_made_anew(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, start: Start
) -> None:
    tokens = start(FakeServer(lambda asked: told(200, {"token": f"t{len(tokens.asked)}"})))
    challenge = f'Bearer realm="{tokens.url}",service="s"'
    wanted = refused(401, "UNAUTHORIZED", WWW_Authenticate=challenge)
    registry.first = {"HEAD": [wanted], "PATCH": [wanted, wanted], "PUT": [wanted]}
    push(image, blobs, on(registry.host), access, without_progress)
    assert set(registry.contents) == {content.digest for content in image.contents()}
    assert registry.asked[-1].headers["authorization"].startswith("Bearer t")


def test_a_download_that_never_gets_on_is_one_error(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, other_blobs: Blobs
) -> None:
    push(image, blobs, on(registry.host), access, without_progress)
    size, digest = image.layers[0].content.size, image.layers[0].content.digest
    honest = registry.answer

    def short(asked: Asked) -> Told:
        if not asked.path.endswith(digest):
            return honest(asked)
        body = b"" if "range" in asked.headers else registry.contents[digest][:9]
        return Told(200, body, {"Content-Length": str(size), "Connection": "close"})

    registry.answer = short
    error = pull_error(registry.host, other_blobs, access)
    assert error.code is BROKEN_OFF
    assert other_blobs.digests() == [image.config.digest]


def test_a_registry_that_knows_no_ranges_sends_all_again(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, start: Start
) -> None:
    proxy = start(CuttingProxy(registry.port))
    push(image, blobs, on(proxy.host), access, without_progress)
    layer = image.layers[0].content
    data = blobs.read(layer)
    blobs.remove(layer.digest)
    proxy.cuts = [Cut(200_000, up=False)]
    pull(on(proxy.host), PLATFORM, blobs, access, without_progress)
    assert proxy.cuts == []
    assert blobs.read(layer) == data


def test_more_bytes_than_were_named_are_not_taken(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, other_blobs: Blobs
) -> None:
    push(image, blobs, on(registry.host), access, without_progress)
    registry.contents[image.layers[0].content.digest] += b"more"
    assert pull_error(registry.host, other_blobs, access).code is DIGEST_DIFFERS


def test_another_manifest_than_the_digest_says(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access
) -> None:
    digest = "sha256:" + "0" * 64
    push(image, blobs, on(registry.host), access, without_progress)
    registry.manifests[digest] = registry.manifests["1.0"]
    with pytest.raises(NuagesError) as raised:
        pull(Reference(registry.host, "p", "", digest), PLATFORM, blobs, access, without_progress)
    assert raised.value.code is DIGEST_DIFFERS


def manifest(image: OciImage, **changes: object) -> bytes:
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": as_json(image.config),
        "layers": [as_json(layer.content) for layer in image.layers],
        **changes,
    }
    return json.dumps(document).encode()


FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
CHART = "application/vnd.cncf.helm.config.v1+json"


@pytest.mark.parametrize(
    "case",
    [
        (lambda image: b"x" * (4 * 1024 * 1024 + 1), DOCUMENT_TOO_LARGE, "4 MiB"),
        (lambda image: b"<html>", IMAGE_UNFIT, "no JSON"),
        (lambda image: manifest(image, schemaVersion=1), IMAGE_UNFIT, "schema 1"),
        (lambda image: manifest(image, mediaType="x/y"), IMAGE_UNFIT, "x/y"),
        (lambda image: manifest(image, manifests=[]), IMAGE_UNFIT, "type"),
        (
            lambda image: manifest(image, config={**as_json(image.config), "mediaType": CHART}),
            IMAGE_UNFIT,
            CHART,
        ),
        (
            lambda image: manifest(image, layers=[{**as_json(image.config), "mediaType": FOREIGN}]),
            IMAGE_UNFIT,
            "kept elsewhere",
        ),
        (
            lambda image: manifest(image, layers=[{**as_json(image.config), "mediaType": "a/b"}]),
            IMAGE_UNFIT,
            "'a/b'",
        ),
        (
            lambda image: manifest(image, layers=[{"digest": "../../etc/passwd", "size": 1}]),
            IMAGE_UNFIT,
            "digest",
        ),
        (lambda image: manifest(image, layers=[]), IMAGE_UNFIT, "0 layers"),
        (
            lambda image: manifest(image, config={**as_json(image.config), "size": 10**9}),
            DOCUMENT_TOO_LARGE,
            "configuration",
        ),
    ],
)
def test_a_manifest_that_is_none_of_an_image(
    registry: FakeRegistry,
    image: OciImage,
    blobs: Blobs,
    access: Access,
    case: tuple[Callable[[OciImage], bytes], ErrorCode, str],
) -> None:
    change, code, words = case
    push(image, blobs, on(registry.host), access, without_progress)
    known = registry.manifests["1.0"]
    registry.manifests["1.0"] = Asked(known.method, known.path, {}, known.headers, change(image))
    error = pull_error(registry.host, blobs, access)
    assert error.code is code
    assert words in error.message


def test_redirects_without_an_end(fake: FakeServer, blobs: Blobs, access: Access) -> None:
    def answer(asked: Asked) -> Told:
        return told(200, {}) if asked.path == "/v2/" else Told(307, b"", {"Location": asked.path})

    fake.answer = answer
    assert pull_error(fake.host, blobs, access).code is NOT_A_REGISTRY


@pytest.mark.parametrize("location", ["http://[::1/", "ftp://x/", "http://x:y/", "http:///"])
def test_a_redirect_to_what_is_no_address(
    fake: FakeServer, blobs: Blobs, access: Access, location: str
) -> None:
    def answer(asked: Asked) -> Told:
        return told(200, {}) if asked.path == "/v2/" else Told(307, b"", {"Location": location})

    fake.answer = answer
    assert pull_error(fake.host, blobs, access).code is NOT_A_REGISTRY


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_an_own_disk_that_is_full_is_no_fault_of_the_registry(
    registry: FakeRegistry, image: OciImage, blobs: Blobs, access: Access, tmp_path: Path
) -> None:
    push(image, blobs, on(registry.host), access, without_progress)
    with small_disk(tmp_path / "small") as folder:
        error = pull_error(registry.host, Blobs(folder), access)
    assert error.code is DISK_FULL
    assert registry.host in error.message


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
