"""Requirements files: every line of them and of the files that they include."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nuages.core.facts import Dependencies, Fact
from nuages.core.requirement_lines import logical_lines
from nuages.inspect.declared.packages import BAD_REQUIREMENTS, MISSING_REQUIREMENTS
from nuages.inspect.locks.installable import rewrite
from nuages.inspect.remarks import Remarks
from nuages.inspect.tree import Tree, join, parent

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)", re.S)
_INCLUDE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s*=\s*|\s*)(\S.*)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S.*)")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_PIN = re.compile(r"={2,3}\s*([0-9][^\s,;*]*)\s*(?:[;,]|$)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One declared distribution: its normalised name, what is said of its version (as written),
    and where. A constraint limits a version without asking for the distribution."""

    name: str
    specifier: str
    file: str
    line: int
    constraint: bool = False

    @property
    def pin(self) -> str:
        """The exact version, empty where it is not pinned."""
        found = _PIN.match(self.specifier)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class DependencyRead:
    """Where the packages come from, and every requirement that was read on the way to it."""

    value: Fact[Dependencies]
    requirements: tuple[Requirement, ...] = ()

    def find(self, name: str) -> Requirement | None:
        """The requirement of a distribution by its normalised name; not a mere constraint."""
        wanted = (each for each in self.requirements if not each.constraint)
        return next((each for each in wanted if each.name == name), None)


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    line: int
    constraint: bool

    def requirement(self, name: str, specifier: str) -> Requirement:
        return Requirement(normalised(name), specifier, self.file, self.line, self.constraint)


@dataclass(slots=True)
class RequirementsRead:
    """The files in reading order, their requirements, and whether one points into the source;
    `lines`, `constraints` and `options` are what is installed where that `differs` from what the
    files say. `folder` is the one to install from."""

    folder: str = "."
    files: list[str] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    local: bool = False
    lines: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    differs: bool = False


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_requirements(
    tree: Tree, path: str, remarks: Remarks, folder: str = "."
) -> RequirementsRead:
    """Read a requirements file and all that it includes; a missing one is an error said.
    `folder` is the one to install from."""
    read = RequirementsRead(folder)
    _read(tree, path, read, remarks, constraint=False)
    return read


def _read(
    tree: Tree, path: str, read: RequirementsRead, remarks: Remarks, *, constraint: bool
) -> None:
    if path in read.files:
        return
    read.files.append(path)
    for line, text in logical_lines(tree.text(path)):
        _read_text(tree, text, _Place(path, line, constraint), read, remarks)


def take_requirement(
    tree: Tree, text: str, place: tuple[str, int], read: RequirementsRead, remarks: Remarks
) -> None:
    """Add what a line says that stands in another file, at `place` (file, line)."""
    _read_text(tree, text, _Place(*place, constraint=False), read, remarks)
    read.differs = True


def take_file(tree: Tree, path: str, read: RequirementsRead, remarks: Remarks) -> None:
    """Add what a requirements file says, and all that it includes."""
    _read(tree, path, read, remarks, constraint=False)


def _read_text(
    tree: Tree, text: str, place: _Place, read: RequirementsRead, remarks: Remarks
) -> None:
    included = _INCLUDE.match(text)
    if included is None:
        _take(tree, text, place, read, remarks)
        return
    name = included[1].strip()
    target = join(parent(place.file), name)
    if tree.has(target):
        limits = place.constraint or text.startswith(("-c", "--c"))
        _read(tree, target, read, remarks, constraint=limits)
    elif not name.startswith(("http://", "https://")):
        message = f"{place.file} includes {name}, which is not in the source"
        remarks.say(MISSING_REQUIREMENTS, message, place.file, place.line)
    else:
        read.lines.append(text)


def _take(tree: Tree, text: str, place: _Place, read: RequirementsRead, remarks: Remarks) -> None:
    """Note what a line asks for, and what is installed for it."""
    found = rewrite(text, tree, read.folder)
    for rule, message in found.said:
        remarks.say(rule, message, place.file, place.line)
    # What has an address may have to give way where that cannot be reached.
    read.differs = read.differs or found.entry != text or "://" in text
    if found.option:
        read.options.append(found.option)
    if found.entry:
        (read.constraints if place.constraint else read.lines).append(found.entry)
        _read_line(found.entry, place, read, remarks)


def _read_line(text: str, place: _Place, read: RequirementsRead, remarks: Remarks) -> None:
    editable = _EDITABLE.match(text)
    entry = editable[1].strip() if editable else text
    if _is_local(entry):
        read.local = True
        return
    if "://" in entry.partition("@")[0] or entry.startswith("git@"):
        egg = _EGG.search(entry)
        if egg:
            read.requirements.append(place.requirement(egg[1], "@ url"))
        return
    found = _NAME.match(entry)
    if found is None or not re.match(r"[;@<>=!~(]|$", found[2]):
        message = f"'{entry[:80]}' is not a requirement"
        remarks.say(BAD_REQUIREMENTS, message, place.file, place.line)
        return
    specifier = found[2].partition(";")[0].strip().strip("()")
    specifier = re.sub(r"\s--hash[ =].*", "", specifier).strip()
    if specifier.startswith("@") and _is_local(specifier[1:].strip()):
        read.local = True
    read.requirements.append(place.requirement(found[1], specifier))


def _is_local(entry: str) -> bool:
    """Whether an entry is a path: `.`, `./libs/x`, `libs/x`, `x.whl`, `file:…`."""
    path = re.sub(r"\[[^\]]*\]$", "", entry.partition(" ")[0])
    if path.startswith("file:"):
        return True
    if "://" in path:
        return False
    return (
        path in (".", "..") or "/" in path.partition("@")[0] or path.endswith((".whl", ".tar.gz"))
    )
