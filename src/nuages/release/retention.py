"""Which releases and images stay: the current one, the ones a rollback may want. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def outdated(images: Mapping[int, str], current: int, keep: int) -> list[int]:
    """The versions to forget, oldest first; `images` has the image of each.

    The `keep` former ones before `current` stay, and the newest of each of the last `keep`
    images besides: twenty changes of config vars must not push away the code of yesterday.
    """
    former = sorted((v for v in images if v < current), reverse=True)
    newest: dict[str, int] = {}
    for version in former:
        newest.setdefault(images[version], version)
    kept = {*former[:keep], *list(newest.values())[:keep]}
    return sorted(set(former) - kept)
