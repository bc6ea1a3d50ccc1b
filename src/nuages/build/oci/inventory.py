"""What images take on the disk: each with the bytes that it alone needs and those that it shares.
Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nuages.core.image import Image
from nuages.core.oci import Descriptor


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of an image's content, compressed: all of it, what no other image has, and the rest."""

    all: int
    own: int
    shared: int


def sizes_of(images: Sequence[Image]) -> list[Sizes]:
    """The sizes of each of `images`, which are all that there are; nothing for one without OCI
    content, of an earlier version."""
    contents = [_contents(image) for image in images]
    users = Counter(one.digest for each in contents for one in each)
    found = []
    for each in contents:
        own = sum(one.size for one in each if users[one.digest] == 1)
        total = sum(one.size for one in each)
        found.append(Sizes(total, own, total - own))
    return found


def _contents(image: Image) -> set[Descriptor]:
    return {image.oci.manifest, *image.oci.contents()} if image.oci else set()
