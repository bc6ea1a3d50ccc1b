"""What an image lies on: the root file system of a distribution, or the least of one."""

from __future__ import annotations

from nuages.core.image import Image
from nuages.pipeline.layers import Ground


def find_ground(image: Image) -> Ground:
    """The base of an image that is about to be made."""
    return Ground("bare", (), "", "")
