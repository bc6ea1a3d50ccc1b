"""A folder is walked once: every file that belongs to the source, and all that was left out."""

from __future__ import annotations

import os
import posixpath
import stat
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nuages.core.config import FILE as DEPLOY_TOML
from nuages.core.config import read_deploy_toml
from nuages.core.errors import NuagesError
from nuages.core.source import LINK_OUTSIDE, SECRETS, LeftOut
from nuages.source.builtin import (
    KEY_BYTES,
    PRODUCED,
    decides,
    is_private_key,
    may_be_key,
    rule_for_folder,
    rule_for_name,
)
from nuages.source.descend import opened_below, opened_folder, read_beginning, refuse
from nuages.source.errors import TOO_LARGE
from nuages.source.exported import is_kept
from nuages.source.git import Repository
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
_PROCFILE = "Procfile"


NOT_USED = "not used, unless [build] dockerfile names it"
DOCKERFILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or link to take: its path below the source, and its status, not followed."""

    path: str
    status: os.stat_result
    link: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk found, both lists sorted by path; and the Dockerfiles among what is left out."""

    entries: list[Entry]
    left_out: list[LeftOut]
    dockerfiles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds in a folder: the .gitignore files from the top down to it, the Dockerfiles that a
    deploy.toml wants, and the files that the commands of a Procfile name. `covered` is the line
    that ignores the folder itself, where it is entered for what git tracks in it."""

    ignores: tuple[IgnoreFile, ...] = ()
    wanted: frozenset[str] = frozenset()
    covered: str = ""
    named: frozenset[str] = frozenset()

    def ignored(self, path: str, name: str, *, folder: bool) -> str:
        """The line that ignores `path`, by the innermost file that speaks of it; else empty."""
        if self.covered:
            return self.covered
        for ignore in reversed(self.ignores):
            verdict = ignore.verdict(path, name, folder=folder)
            if verdict is not None:
                return verdict[1] if verdict[0] else ""
        return ""


@dataclass(frozen=True, slots=True)
class _Listed:
    """An open folder, its path, and its entries."""

    path: str
    descriptor: int
    entries: tuple[os.DirEntry[str], ...]
    names: frozenset[str]

    def below(self, name: str) -> str:
        """The path of one of them."""
        return f"{self.path}/{name}" if self.path else name


def scan_folder(
    root: Path, excluded: Path | None = None, repository: Repository | None = None
) -> Scan:
    """Walk `root`, whose real path this is; `excluded` is a folder of the platform's own that
    may lie inside, `repository` what git says of it.

    Raises source.E003 for what cannot be read, E005 for what vanishes, E006 beyond the limits.
    """
    known = repository or Repository()
    walk = _Walk(known, _relative(excluded, root))
    with opened_folder(root) as descriptor:
        walk.folder(walk.list("", descriptor), _Rules(known.ignores))
    walk.entries.sort(key=lambda entry: entry.path)
    walk.left_out.sort(key=lambda left: left.path)
    return Scan(walk.entries, walk.left_out, tuple(sorted(walk.dockerfiles)))


def _relative(excluded: Path | None, root: Path) -> str:
    if excluded is not None and excluded.is_relative_to(root):
        return str(excluded.relative_to(root))
    return ""


@dataclass(slots=True)
class _Walk:
    repository: Repository
    excluded: str
    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    dockerfiles: list[tuple[str, str]] = field(default_factory=list)
    docker: DockerIgnore = field(default_factory=lambda: DockerIgnore("", ()))
    size: int = 0

    def folder(self, listed: _Listed, rules: _Rules) -> None:
        """Take what lies in an open folder."""
        if listed.path.count("/") > DEEPEST:
            message = f"Folders are nested more than {DEEPEST} deep: {listed.path}"
            raise NuagesError(TOO_LARGE, message)
        rules = self._rules_of(listed, rules)
        for entry in listed.entries:
            if entry.is_dir(follow_symlinks=False):
                self._subfolder(listed, entry.name, rules)
            else:
                self._file(listed, entry, rules)

    def list(self, path: str, descriptor: int) -> _Listed:
        """The entries of an open folder."""
        try:
            with os.scandir(descriptor) as found:
                entries = tuple(found)
        except OSError as error:
            refuse(error, f"The folder {path or '.'}")
        return _Listed(path, descriptor, entries, frozenset(entry.name for entry in entries))

    def _rules_of(self, listed: _Listed, rules: _Rules) -> _Rules:
        """The rules of a folder; an ignore file that is a link, or unreadable, says nothing."""
        ignores, wanted, named = rules.ignores, rules.wanted, rules.named
        if ".gitignore" in listed.names:
            content = read_beginning(listed.descriptor, ".gitignore", _LONGEST_IGNORE_FILE)
            file = listed.below(".gitignore")
            ignores = (*ignores, parse_gitignore(content, file, listed.path))
        if not listed.path and ".dockerignore" in listed.names:
            content = read_beginning(listed.descriptor, ".dockerignore", _LONGEST_IGNORE_FILE)
            self.docker = parse_dockerignore(content)
        if DEPLOY_TOML in listed.names:
            content = read_beginning(listed.descriptor, DEPLOY_TOML, _LONGEST_IGNORE_FILE)
            dockerfile = read_deploy_toml(content.decode(errors="replace"))[0].dockerfile
            if dockerfile:
                wanted |= {posixpath.normpath(listed.below(dockerfile))}
        if _PROCFILE in listed.names:
            content = read_beginning(listed.descriptor, _PROCFILE, _LONGEST_IGNORE_FILE)
            words = content.decode(errors="replace").replace("=", " ").split()
            named |= {posixpath.normpath(listed.below(word)) for word in words}
        return _Rules(ignores, wanted, rules.covered, named)

    def _subfolder(self, listed: _Listed, name: str, rules: _Rules) -> None:
        path = listed.below(name)
        rule = rule_for_name(name, folder=True)
        if not rule and path == self.excluded:
            rule = "the platform's own files"
        ignored = rules.ignored(path, name, folder=True)
        covered = self.docker.ignored(path)
        if not (self.repository.exported or path in self.repository.folders):
            rule = rule or ignored
        if rule or (covered and not self.docker.takes_back):
            self.left_out.append(LeftOut(path, rule or covered))
            return
        with opened_below(listed.descriptor, name, path) as descriptor:
            below = self.list(path, descriptor)
            rule = rule_for_folder(path, listed.names, below.names)
            if not rule and _is_old_environment(below):
                rule = "virtual environment"
            if rule and not (rule in PRODUCED and path in self.repository.folders):
                self.left_out.append(LeftOut(path, rule))
                return
            kept, said = len(self.entries), len(self.left_out)
            self.folder(below, replace(rules, covered=ignored or rule))
        if (covered or ignored or rule) and len(self.entries) == kept:
            # Nothing below it was taken: one line for the folder says it all.
            self.left_out[said:] = [LeftOut(path, covered or ignored or rule)]

    def _file(self, listed: _Listed, entry: os.DirEntry[str], rules: _Rules) -> None:
        path = listed.below(entry.name)
        try:
            status = entry.stat(follow_symlinks=False)
            link = ""
            if entry.is_symlink():
                link = os.readlink(entry.name, dir_fd=listed.descriptor)
        except OSError as error:
            refuse(error, f"The file {path}")
        rule = self._rule_for_file(path, entry.name, rules)
        if not rule and link:
            rule = "" if stays_inside(path, link) else LINK_OUTSIDE
        elif not rule and not stat.S_ISREG(status.st_mode):
            rule = "neither file, folder nor link"
        elif not rule and may_be_key(entry.name):
            beginning = read_beginning(listed.descriptor, entry.name, KEY_BYTES)
            rule = SECRETS if is_private_key(beginning) else ""
        if rule:
            self.left_out.append(LeftOut(path, rule))
            if rule == NOT_USED:
                beginning = read_beginning(listed.descriptor, entry.name, DOCKERFILE_BYTES)
                self.dockerfiles.append((path, beginning.decode(errors="replace")))
            return
        self.entries.append(Entry(path, status, link))
        self._count(status.st_size)

    def _rule_for_file(self, path: str, name: str, rules: _Rules) -> str:
        if path in rules.wanted:
            return ""
        if name == "Dockerfile":
            return NOT_USED
        rule = rule_for_name(name, folder=False)
        is_wanted = decides(path) or path in rules.named
        if rule or (is_wanted and not self._is_covered(path, rules)):
            return rule
        if not (path in self.repository.tracked or (self.repository.exported and is_kept(path))):
            rule = rules.ignored(path, name, folder=False)
        return rule or self.docker.ignored(path)

    def _is_covered(self, path: str, rules: _Rules) -> bool:
        """Whether the folder of a file is ignored as a whole, and not the file alone."""
        folder = posixpath.dirname(path)
        if posixpath.basename(folder) == "requirements":
            folder = posixpath.dirname(folder)
        return bool(rules.covered or (folder and self.docker.ignored(folder)))

    def _count(self, size: int) -> None:
        self.size += size
        if len(self.entries) > MOST_FILES:
            raise NuagesError(TOO_LARGE, f"The source has more than {MOST_FILES} files")
        if self.size > MOST_BYTES:
            gigabytes = MOST_BYTES // 1024**3
            raise NuagesError(TOO_LARGE, f"The source has more than {gigabytes} GiB")


def _is_old_environment(listed: _Listed) -> bool:
    """Whether this is a virtual environment from before there was a `pyvenv.cfg`."""
    for programs in listed.names & {"bin", "Scripts"}:
        with suppress(OSError):
            os.lstat(f"{programs}/activate_this.py", dir_fd=listed.descriptor)
            return True
    return False
