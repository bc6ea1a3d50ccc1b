"""uv.lock: what of it is installed for production, and in which version.

uv writes its lock in one way only, and reading it as TOML takes a hundred times as long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nuages.inspect.facts.requirements import normalised

_HEAD = re.compile(
    r'name = "([^"]+)"\n(?:version = "([^"]+)"\n)?source = \{ (\w+) = "([^"]*)"', re.MULTILINE
)
_LIST = re.compile(r"^([\w.-]+) = \[\n(.*?)^\]", re.MULTILINE | re.DOTALL)
_NEED = re.compile(r'\{ name = "([^"]+)"')
_EXTRA = re.compile(r"extra = \[([^\]]*)\]")
# The sources of what lies in the source itself.
_PATHS = ("editable", "directory", "path")
# One that is never exported, whatever a project says.
_DEVELOPMENT = "dev"

# A distribution, and one of its extras (empty: itself).
_Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class UvLock:
    """The exact versions of what is installed, and whether something of it lies in the source."""

    pins: Mapping[str, str]
    local: bool


@dataclass(frozen=True, slots=True)
class _Package:
    name: str
    version: str
    kind: str
    place: str
    needs: Mapping[str, tuple[_Part, ...]]
    groups: Mapping[str, tuple[_Part, ...]]

    @property
    def is_root(self) -> bool:
        """Whether this is the project that the lock lies beside; it is never installed by it."""
        return self.kind != "registry" and self.place == "."


def read_uv_lock(text: str, groups: Collection[str] = ()) -> UvLock:
    """What `uv export --no-dev` gives of a lock, whose project installs `groups` without being
    told to ("all" for each one)."""
    packages = [each for each in map(_package, text.split("[[package]]\n")[1:]) if each]
    root = next((each for each in packages if each.is_root), None)
    reached = _reached(packages, root, groups) if root else {each.name for each in packages}
    installed = [each for each in packages if each.name in reached and not each.is_root]
    return UvLock(
        {each.name: each.version for each in installed if each.version and each.kind != "virtual"},
        any(each.kind in _PATHS for each in installed),
    )


def _package(block: str) -> _Package | None:
    head = _HEAD.match(block)
    if head is None:
        return None
    name, version, kind, place = head.groups()
    tables = re.split(r"^\[package\.([\w-]+)\]\n", block, flags=re.MULTILINE)
    parts = dict(zip(tables[1::2], tables[2::2], strict=False))
    needs = {"": _lists(tables[0]).get("dependencies", ())}
    needs |= _lists(parts.get("optional-dependencies", ""))
    groups = _lists(parts.get("dev-dependencies", ""))
    return _Package(normalised(name), version or "", kind, place, needs, groups)


def _lists(text: str) -> dict[str, tuple[_Part, ...]]:
    return {name: tuple(_parts(listed)) for name, listed in _LIST.findall(text)}


def _parts(listed: str) -> Iterable[_Part]:
    for line in listed.split("\n"):
        need = _NEED.search(line)
        if need:
            yield normalised(need[1]), ""
            extras = _EXTRA.search(line)
            for extra in re.findall(r'"([^"]+)"', extras[1]) if extras else ():
                yield normalised(need[1]), extra


def _reached(packages: list[_Package], root: _Package, groups: Collection[str]) -> set[str]:
    """The names of what the project leads to."""
    needs: dict[_Part, list[_Part]] = {}
    for package in packages:
        for extra, parts in package.needs.items():
            needs.setdefault((package.name, extra), []).extend(parts)
    waiting: list[_Part] = [(root.name, "")]
    for name, parts in root.groups.items():
        if name != _DEVELOPMENT and (name in groups or "all" in groups):
            waiting += parts
    reached: set[_Part] = set()
    while waiting:
        part = waiting.pop()
        if part not in reached:
            reached.add(part)
            waiting += needs.get(part, ())
    return {name for name, _ in reached}
