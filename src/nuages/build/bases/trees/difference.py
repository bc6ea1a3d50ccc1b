"""Two trees become what a layer holds that makes the second of the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nuages.build.bases.trees.digest import tree_entries

WHITEOUT = ".wh."


@dataclass(frozen=True, slots=True)
class Difference:
    """The paths (below the root, sorted) that are new or other in the upper tree, and those of
    the lower one that are gone; of a folder that is gone only itself is named."""

    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def whiteouts(self) -> tuple[str, ...]:
        """The empty files by which a layer says that something is gone (the OCI image
        specification, "Whiteouts")."""
        split = (path.rpartition("/") for path in self.removed)
        return tuple(f"{folder}{slash}{WHITEOUT}{name}" for folder, slash, name in split)


def tree_difference(lower: Path, upper: Path) -> Difference:
    """What is other in `upper`. What was a folder and is none any more needs no whiteout: the
    layer's own entry replaces it."""
    before = {entry.path: entry for entry in tree_entries(lower)}
    after = {entry.path: entry for entry in tree_entries(upper)}
    changed = tuple(path for path, entry in sorted(after.items()) if before.get(path) != entry)
    gone: list[str] = []
    for path in sorted(before.keys() - after.keys()):
        parent = path.rpartition("/")[0]
        # Sorted, so a folder that is gone comes before what was in it.
        still = not parent or (parent in after and after[parent].kind == "d")
        if still:
            gone.append(path)
    return Difference(changed, tuple(gone))
