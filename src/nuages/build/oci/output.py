"""An image of the store becomes something to take away: a folder in the OCI image layout, or that
folder in a tar file, with what older Docker engines look for beside it.

Docker before 25 reads `manifest.json` alone, newer ones and podman and skopeo `index.json`; both
name the same files, so one archive serves them all (image-spec, "image-layout.md").
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nuages.build.oci.blobs import Blobs
from nuages.build.oci.errors import OUTPUT_FAILED
from nuages.core.errors import NuagesError
from nuages.core.oci import INDEX, Descriptor, OciImage
from nuages.system.files import remove_tree, sync_file_system

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


def write_archive(image: OciImage, name: str, blobs: Blobs, target: Path) -> None:
    """A tar that `docker load`, `podman load` and `skopeo copy oci-archive:` take. `name` is the
    tag that it gets there (`polls:latest`). The file is whole or as before.

    Raises build.E080 and E081 where the store is damaged, build.E082.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as stream:
            try:
                _write_tar(image, name, blobs, stream)
                stream.flush()
                os.fsync(stream.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _failed(target, error) from None


def write_layout(image: OciImage, name: str, blobs: Blobs, target: Path) -> None:
    """A folder in the OCI image layout, which is whole or not there; it must not be there yet, but
    for an empty folder, or one that is such a layout: that is replaced.

    Raises as `write_archive`.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        if target.exists() and not _is_replaceable(target):
            raise FileExistsError(17, "It is there, and is no OCI image layout")
        temporary.mkdir()
        (temporary / "blobs" / "sha256").mkdir(parents=True)
        for path, document in _documents(image, name):
            (temporary / path).write_bytes(document)
        for content in (image.manifest, *image.contents()):
            with (temporary / _blob(content)).open("wb") as stream:
                for chunk in blobs.chunks(content):
                    stream.write(chunk)
        sync_file_system(temporary)
        remove_tree(target)
        temporary.rename(target)
    except OSError as error:
        raise _failed(target, error) from None
    finally:
        with contextlib.suppress(OSError):
            remove_tree(temporary)


def _documents(image: OciImage, name: str) -> Iterator[tuple[str, bytes]]:
    yield "oci-layout", _LAYOUT
    yield "index.json", _json(_index(image, name))
    yield "manifest.json", _json(_docker_manifest(image, name))


def _index(image: OciImage, name: str) -> dict[str, object]:
    manifest = image.manifest
    entry = {
        "mediaType": manifest.media_type,
        "digest": manifest.digest,
        "size": manifest.size,
        # containerd, and so Docker's newer image store, takes the first for the name; podman and
        # skopeo take the second.
        "annotations": {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": name.rpartition(":")[2],
        },
    }
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}


def _docker_manifest(image: OciImage, name: str) -> list[dict[str, object]]:
    return [
        {
            "Config": _blob(image.config),
            "RepoTags": [name],
            "Layers": [_blob(layer.content) for layer in image.layers],
        }
    ]


def _write_tar(image: OciImage, name: str, blobs: Blobs, stream: BinaryIO) -> None:
    for folder in ("blobs", "blobs/sha256"):
        stream.write(_header(folder, 0, folder=True))
    for path, content in _documents(image, name):
        _write_file(stream, path, len(content), iter((content,)))
    for blob in dict.fromkeys((image.manifest, *image.contents())):
        _write_file(stream, _blob(blob), blob.size, blobs.chunks(blob))
    stream.write(bytes(2 * tarfile.BLOCKSIZE))


def _write_file(stream: BinaryIO, path: str, size: int, chunks: Iterator[bytes]) -> None:
    stream.write(_header(path, size))
    for chunk in chunks:
        stream.write(chunk)
    stream.write(bytes(-size % tarfile.BLOCKSIZE))


def _header(path: str, size: int, *, folder: bool = False) -> bytes:
    info = tarfile.TarInfo(path)
    info.size = size
    info.mode = 0o755 if folder else 0o644
    info.type = tarfile.DIRTYPE if folder else tarfile.REGTYPE
    return info.tobuf(tarfile.PAX_FORMAT)


def _blob(content: Descriptor) -> str:
    return f"blobs/sha256/{content.hex}"


def _is_replaceable(target: Path) -> bool:
    return target.is_dir() and ((target / "oci-layout").is_file() or not any(target.iterdir()))


def _failed(target: Path, error: OSError) -> NuagesError:
    return NuagesError(OUTPUT_FAILED, f"{target}: {error.strerror or error}")


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
