"""One locked distribution as a line of a requirements file (PEP 508, and pip's `--hash`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nuages.inspect.facts.requirements import normalised
from nuages.inspect.tree import join

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lock or a manifest says: the lines, and whether one points into the source."""

    lines: tuple[str, ...]
    local: bool = False


@dataclass(slots=True)
class Lines:
    """Collects the lines of a file in the folder `folder` below the source, which is /app."""

    folder: str
    lines: list[str] = field(default_factory=list)
    local: bool = False

    def pinned(self, name: str, wanted: str, marker: str = "", hashes: Iterable[str] = ()) -> None:
        """`name` may have extras, `wanted` is a specifier such as `==1.2`."""
        self._add(f"{name}{wanted}", marker, hashes)

    def at(self, name: str, address: str, marker: str = "") -> None:
        """A distribution from an address (`https://…`, `git+https://…@revision`)."""
        self._add(f"{name} @ {address}", marker, ())

    def below(self, path: str, *, editable: bool) -> None:
        """A distribution that lies in the source; one outside of it is left out."""
        place = join(self.folder, path)
        if not place.startswith(("..", "/")):
            folder = "/app" if place == "." else f"/app/{place}"
            self.lines.append(f"-e {folder}" if editable else folder)
            self.local = True

    def result(self) -> Locked:
        """All that was collected."""
        return Locked(tuple(self.lines), self.local)

    def _add(self, entry: str, marker: str, hashes: Iterable[str]) -> None:
        # The blank keeps a marker apart from an address (PEP 508).
        condition = f" ; {marker.strip()}" if marker.strip() else ""
        checked = "".join(f" --hash={each}" for each in sorted(set(hashes)))
        self.lines.append(f"{entry}{condition}{checked}")


def with_extras(name: str, extras: object) -> str:
    """`name[a,b]`; the bare name where there are none."""
    named = [each for each in extras if isinstance(each, str)] if isinstance(extras, list) else []
    return f"{name}[{','.join(named)}]" if named else name


def git_address(url: str, revision: str, subdirectory: str = "") -> str:
    """As pip and uv take a repository: `git+URL@REVISION#subdirectory=…`."""
    if url.startswith("git@"):
        host, _, path = url.removeprefix("git@").partition(":")
        url = f"ssh://git@{host}/{path}"
    below = f"#subdirectory={subdirectory}" if subdirectory else ""
    return f"git+{url}{f'@{revision}' if revision else ''}{below}"


def text(table: Mapping[str, Any], key: str) -> str:
    """A value that is a text; empty where it is absent or another thing."""
    value = table.get(key)
    return value if isinstance(value, str) else ""


def tables(value: object) -> list[Mapping[str, Any]]:
    """The tables of an array of tables; empty where it is another thing."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def names_of(requirements: object) -> set[str]:
    """The normalised names of a list of requirements."""
    listed = requirements if isinstance(requirements, list) else []
    found = (_NAME.match(each) for each in listed if isinstance(each, str))
    return {normalised(each[1]) for each in found if each}


def hashes_of(files: object) -> list[str]:
    """The digests of a list of files as Poetry, PDM and PEP 751 write them."""
    found = [text(each, "hash") for each in tables(files)]
    for each in tables(files):
        digests = each.get("hashes")
        if isinstance(digests, Mapping):
            found += [f"{kind}:{digest}" for kind, digest in digests.items()]
    return [each for each in found if ":" in each]
