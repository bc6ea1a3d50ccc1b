"""A dependency input becomes plain lines, where it is made of nothing else: names, versions,
markers and hashes.

Only these are handed to uv outside of the sandbox. An address, a path, an editable, an option or
a variable can make it run code of the project's, read the host's files or use its keys.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from nuages.core.facts import Dependencies
from nuages.core.requirement_lines import logical_lines

_HASH = re.compile(r"\s--hash[= ](sha\d+:[0-9a-f]+)(?=\s|$)")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s*)(\S+)")
# What uv takes for a path, though it could be a name.
_FILES = (".whl", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".zst")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)[^\s-]\S*$")
_MOST_FILES = 100


@dataclass(slots=True)
class PlainInput:
    """Requirements, and constraints that limit them, each as a line of a requirements file.
    `whole` is off where an entry was passed over, because it is an address or a path."""

    requirements: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    whole: bool = True

    def take(self, text: str, *, constraint: bool = False) -> None:
        """Add a line, written anew from what was understood of it."""
        hashes = _HASH.findall(text)
        try:
            requirement = Requirement(_HASH.sub("", text))
        except InvalidRequirement:
            if text.startswith("-") and not _EDITABLE.match(text):
                # An option, which may change what every other line means.
                raise _NotPlainError from None
            self.whole = False
            return
        if requirement.url or "$" in text or requirement.name.lower().endswith(_FILES):
            self.whole = False
            return
        line = " ".join((str(requirement), *(f"--hash={each}" for each in hashes)))
        (self.constraints if constraint else self.requirements).append(line)


def plain_input(
    tree: Path, dependencies: Dependencies, extra: Sequence[str], exported: str = ""
) -> PlainInput | None:
    """The plain lines of what `dependencies` of the source at `tree` ask for, with `extra`;
    None where the others may change their meaning. `exported` is what a lock file was
    turned into."""
    found = PlainInput()
    if dependencies.options:
        return None
    try:
        if exported:
            for _, text in logical_lines(exported):
                found.take(text)
        elif dependencies.kind == "requirements":
            _read(tree, dependencies.files[0], found, set(), constraint=False)
        elif dependencies.kind == "pyproject":
            document = tomllib.loads((tree / dependencies.files[0]).read_text("utf-8"))
            for entry in _declared(document):
                found.take(entry)
        for text in dependencies.constraints:
            found.take(text, constraint=True)
    except (_NotPlainError, OSError, ValueError, RecursionError):
        return None
    found.requirements.extend(extra)
    found.whole = found.whole and not dependencies.library
    return found


class _NotPlainError(Exception):
    """Something decides about other lines than its own."""


def _read(tree: Path, path: str, found: PlainInput, seen: set[str], *, constraint: bool) -> None:
    if path in seen:
        return
    seen.add(path)
    if len(seen) > _MOST_FILES or not (tree / path).is_file():
        raise _NotPlainError
    for _, text in logical_lines((tree / path).read_text("utf-8-sig")):
        included = _INCLUDE.fullmatch(text)
        if included is None:
            found.take(text, constraint=constraint)
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), included[2]))
        if target.startswith(("/", "..")):
            raise _NotPlainError
        limits = constraint or included[1] in ("-c", "--constraint")
        _read(tree, target, found, seen, constraint=limits)


def _declared(document: dict[str, Any]) -> list[str]:
    """What a pyproject.toml lists; not what its build system would have to be asked for."""
    project, tool = document.get("project"), document.get("tool")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    uv = tool.get("uv") if isinstance(tool, dict) else None
    if not isinstance(listed, list) or (isinstance(uv, dict) and "sources" in uv):
        raise _NotPlainError
    return [str(entry) for entry in listed]
