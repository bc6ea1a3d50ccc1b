"""Housekeeping of the image store: what no release needs goes, what a build uses stays."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from nuages.build.store import ImageStore
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.system.files import discard_tree, remove_tree


@contextmanager
def store_in_use(home: Home) -> Iterator[None]:
    """While inside, nothing is removed from the store: a build may be about to need it."""
    with _lock(home, fcntl.LOCK_SH):
        yield


def clean_store(home: Home, keep: Collection[str]) -> bool:
    """Remove images that are neither in `keep` nor the last one of a project, and the packages,
    interpreters, runtimes, static trees and sources that no remaining image needs. False when a
    build is under way: nothing is done."""
    try:
        with _lock(home, fcntl.LOCK_EX | fcntl.LOCK_NB):
            _clean(home, {*keep, *ImageStore(home).kept()})
    except BlockingIOError:
        return False
    return True


def _clean(home: Home, keep: set[str]) -> None:
    store = ImageStore(home)
    for digest in store.digests():
        if digest not in keep:
            store.remove(digest)
    store.forget_removed()
    images = [image for digest in keep if (image := store.describe(digest))]
    _clean_blobs(home, images)
    _keep_only(home.environments, {image.venv.parent.name for image in images})
    _keep_only(home.bases, {image.ground.removeprefix("sha256:") for image in images})
    _keep_only(home.pythons, {image.python.folder.name for image in images if image.python})
    _keep_only(home.runtimes, {image.runtime.name for image in images})
    _keep_only(home.static, {image.static_digest for image in images})
    _keep_only(home.sources, {image.source_digest.removeprefix("sha256:") for image in images})
    trees = (home.images, home.environments, home.pythons, home.runtimes, home.static, home.sources)
    for folder in trees:
        for entry in folder.glob(".*.tmp"):
            remove_tree(entry)


def _clean_blobs(home: Home, images: Collection[Image]) -> None:
    # Whoever only says that the store is in use does without.
    from nuages.build.oci.blobs import Blobs  # noqa: PLC0415
    from nuages.build.oci.layer import LayerStore  # noqa: PLC0415

    blobs = Blobs(home.blobs)
    wanted = {
        content.digest
        for image in images
        if image.oci
        for content in (image.oci.manifest, *image.oci.contents())
    }
    for digest in blobs.digests():
        if digest not in wanted:
            blobs.remove(digest)
    blobs.remove_unfinished()
    LayerStore(blobs, home.blobs / "layers").keep_only(wanted)


def _keep_only(folder: Path, names: set[str]) -> None:
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        if entry.name not in names and not entry.name.startswith("."):
            discard_tree(Path(entry.path))


@contextmanager
def _lock(home: Home, kind: int) -> Iterator[None]:
    home.images.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.images_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)
