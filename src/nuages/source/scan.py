"""A folder is walked once: every file that belongs to the source, and all that was left out."""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass, field
from pathlib import Path

from nuages.core.config import FILE as DEPLOY_TOML
from nuages.core.config import read_deploy_toml
from nuages.core.errors import NuagesError
from nuages.core.source import LINK_OUTSIDE, LeftOut
from nuages.source.builtin import rule_for_folder, rule_for_name
from nuages.source.errors import CHANGING, TOO_LARGE, UNREADABLE
from nuages.source.ignore import (
    DockerIgnore,
    IgnoreFile,
    parse_dockerignore,
    parse_gitignore,
)
from nuages.source.links import stays_inside

MOST_FILES = 100_000
MOST_BYTES = 4 * 1024**3
DEEPEST = 100
_LONGEST_IGNORE_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or link to take: its path below the source, and its status, not followed."""

    path: str
    status: os.stat_result
    link: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk found, both lists sorted by path."""

    entries: list[Entry]
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds in a folder: the .gitignore files from the top down to it, and the
    Dockerfiles that a deploy.toml wants."""

    ignores: tuple[IgnoreFile, ...] = ()
    wanted: frozenset[str] = frozenset()

    def ignored(self, path: str, name: str, *, folder: bool) -> str:
        """The line that ignores `path`, by the innermost file that speaks of it; else empty."""
        for ignore in reversed(self.ignores):
            verdict = ignore.verdict(path, name, folder=folder)
            if verdict is not None:
                return verdict[1] if verdict[0] else ""
        return ""


def scan_folder(root: Path, excluded: Path | None = None) -> Scan:
    """Walk `root`, whose real path this is; `excluded` is a folder of the platform's own that
    may lie inside.

    Raises source.E003 for what cannot be read, E005 for what vanishes, E006 beyond the limits.
    """
    walk = _Walk(str(root), "" if excluded is None else str(excluded))
    walk.folder("", walk.list(""), _Rules())
    walk.entries.sort(key=lambda entry: entry.path)
    walk.left_out.sort(key=lambda left: left.path)
    return Scan(walk.entries, walk.left_out)


@dataclass(slots=True)
class _Walk:
    root: str
    excluded: str
    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    docker: DockerIgnore = field(default_factory=lambda: DockerIgnore("", ()))
    size: int = 0

    def folder(self, base: str, listed: list[os.DirEntry[str]], rules: _Rules) -> None:
        """Take what lies in the folder `base`, of which `listed` are the entries."""
        if base.count("/") > DEEPEST:
            raise NuagesError(TOO_LARGE, f"Folders are nested more than {DEEPEST} deep: {base}")
        names = {entry.name for entry in listed}
        rules = self._rules_of(base, names, rules)
        for entry in listed:
            path = f"{base}/{entry.name}" if base else entry.name
            if entry.is_dir(follow_symlinks=False):
                self._subfolder(path, entry, names, rules)
            else:
                self._file(path, entry, rules)

    def list(self, base: str) -> list[os.DirEntry[str]]:
        """The entries of the folder `base`."""
        try:
            with os.scandir(f"{self.root}/{base}" if base else self.root) as found:
                return list(found)
        except PermissionError:
            raise NuagesError(UNREADABLE, f"The folder {base or '.'} cannot be read") from None
        except FileNotFoundError:
            raise NuagesError(CHANGING, f"The folder {base or '.'} vanished") from None

    def _rules_of(self, base: str, names: set[str], rules: _Rules) -> _Rules:
        ignores, wanted = rules.ignores, rules.wanted
        if ".gitignore" in names:
            file = posixpath.join(base, ".gitignore")
            ignores = (*ignores, parse_gitignore(self._read(file), file, base))
        if not base and ".dockerignore" in names:
            self.docker = parse_dockerignore(self._read(".dockerignore"))
        if DEPLOY_TOML in names:
            content = self._read(posixpath.join(base, DEPLOY_TOML)).decode(errors="replace")
            dockerfile = read_deploy_toml(content)[0].dockerfile
            if dockerfile:
                wanted |= {posixpath.normpath(posixpath.join(base, dockerfile))}
        return _Rules(ignores, wanted)

    def _read(self, path: str) -> bytes:
        """An ignore file; one that is a link, or unreadable, says nothing."""
        try:
            descriptor = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return b""
        with os.fdopen(descriptor, "rb") as stream:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return stream.read(_LONGEST_IGNORE_FILE) if regular else b""

    def _subfolder(
        self, path: str, entry: os.DirEntry[str], siblings: set[str], rules: _Rules
    ) -> None:
        rule = rule_for_name(entry.name, folder=True)
        if not rule and entry.path == self.excluded:
            rule = "the platform's own files"
        rule = rule or rules.ignored(path, entry.name, folder=True)
        covered = self.docker.ignored(path)
        if rule or (covered and not self.docker.takes_back):
            self.left_out.append(LeftOut(path, rule or covered))
            return
        listed = self.list(path)
        rule = rule_for_folder(path, siblings, listed)
        if rule:
            self.left_out.append(LeftOut(path, rule))
            return
        kept, said = len(self.entries), len(self.left_out)
        self.folder(path, listed, rules)
        if covered and len(self.entries) == kept:
            # Nothing below it was taken back: one line for the folder says it all.
            self.left_out[said:] = [LeftOut(path, covered)]

    def _file(self, path: str, entry: os.DirEntry[str], rules: _Rules) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
            link = str(Path(entry.path).readlink()) if entry.is_symlink() else ""
        except FileNotFoundError:
            raise NuagesError(CHANGING, f"The file {path} vanished") from None
        rule = self._rule_for_file(path, entry.name, rules)
        if not rule and link:
            rule = "" if stays_inside(path, link) else LINK_OUTSIDE
        elif not rule and not stat.S_ISREG(status.st_mode):
            rule = "neither file, folder nor link"
        if rule:
            self.left_out.append(LeftOut(path, rule))
            return
        self.entries.append(Entry(path, status, link))
        self._count(status.st_size)

    def _rule_for_file(self, path: str, name: str, rules: _Rules) -> str:
        if path in rules.wanted:
            return ""
        if name == "Dockerfile":
            return "not used, unless [build] dockerfile names it"
        return (
            rule_for_name(name, folder=False)
            or rules.ignored(path, name, folder=False)
            or self.docker.ignored(path)
        )

    def _count(self, size: int) -> None:
        self.size += size
        if len(self.entries) > MOST_FILES:
            raise NuagesError(TOO_LARGE, f"The source has more than {MOST_FILES} files")
        if self.size > MOST_BYTES:
            gigabytes = MOST_BYTES // 1024**3
            raise NuagesError(TOO_LARGE, f"The source has more than {gigabytes} GiB")
