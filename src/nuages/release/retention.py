"""Which releases and images stay: the current one, the ones a rollback may want. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def outdated(versions: Iterable[int], current: int, keep: int) -> list[int]:
    """The versions to forget, oldest first, when `keep` former ones stay beside `current`."""
    former = sorted((v for v in versions if v < current), reverse=True)
    return sorted(former[keep:])
