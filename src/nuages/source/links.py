"""Whether a symbolic link stays inside of its tree."""

from __future__ import annotations


def stays_inside(path: str, target: str) -> bool:
    """Whether the link at `path` (POSIX, below the root) can only lead inside.

    The target must be relative, go up first and only then down: `../../a/b`. With `..` behind
    a name, the name could be a link itself and the text would say nothing about the place.
    When every link of a tree passes, no chain of them leads out: each begins in a real folder,
    climbs no higher than the root, and descends.
    """
    if not target or target.startswith("/") or "\0" in target:
        return False
    parts = [part for part in target.split("/") if part not in ("", ".")]
    climbs = 0
    while climbs < len(parts) and parts[climbs] == "..":
        climbs += 1
    return ".." not in parts[climbs:] and climbs <= path.count("/")
