"""Code at one moment: a clean tree, its files with their digests, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source: POSIX path below the root, its SHA-256, size in bytes, x bit.

    `link` is the target of a symbolic link that stays inside the tree, else empty. `of` is the
    file of the source whose content this has, where the source itself has none of this name.
    """

    path: str
    sha256: str
    size: int
    executable: bool = False
    link: str = ""
    of: str = ""


# Rules of `LeftOut` that inspection speaks about.
SECRETS = "may hold secrets"
LINK_OUTSIDE = "link that leads out of the source"
LOCAL_DATABASE = "local database"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was not taken along, and the rule that says so."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Source:
    """A tree that nothing changes any more.

    `digest` (`sha256:…`) covers paths, contents, links and x bits, in sorted order;
    `identity` tells two projects apart (`folder:/srv/polls`, `archive:polls.zip`);
    `name` is the app name it suggests; `dockerfiles` are (path, text) of those that were left
    out, which tell what an image of the project would have in it; `commit` is the one of git's
    that the tree is of, or was made from, as 40 hexadecimal digits (empty: none is known).
    """

    path: Path
    digest: str
    identity: str
    name: str
    files: tuple[SourceFile, ...]
    left_out: tuple[LeftOut, ...] = ()
    dockerfiles: tuple[tuple[str, str], ...] = ()
    commit: str = ""

    @property
    def revision(self) -> str:
        """The commit, or the beginning of the digest where none is known: as long, the same for
        the same source, and another one for another source."""
        return self.commit or self.digest.removeprefix("sha256:")[:40]

    def with_copies(self, copies: Iterable[tuple[str, str]]) -> Source:
        """This source as it is once each (file, place) was copied, sorted as before. The tree
        at `path` stays as it is, and so do digest and identity: the source decides the copies."""
        by_path = {file.path: file for file in self.files}
        for original, place in copies:
            by_path[place] = replace(by_path[original], path=place, of=original)
        return replace(self, files=tuple(by_path[path] for path in sorted(by_path)))

    def with_links(self, links: Iterable[tuple[str, str]]) -> Source:
        """This source with each (folder, target) as a link instead of what lies in the folder,
        sorted as before; as with copies, the rest stays."""
        targets = dict(links)
        files = {f.path: f for f in self.files if not _folders_above(f.path) & targets.keys()}
        files |= {path: SourceFile(path, "", 0, link=to) for path, to in targets.items()}
        return replace(self, files=tuple(files[path] for path in sorted(files)))


def _folders_above(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}
