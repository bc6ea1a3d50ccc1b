"""The records that dpkg keeps in a root become the packages of a base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nuages.build.bases.trees.rooted import read_inside, resolve_inside
from nuages.core.base import SystemPackage

_STATUS = "var/lib/dpkg/status"
# Where images without dpkg itself (distroless) keep one record for each package.
_PARTS = "var/lib/dpkg/status.d"
_INSTALLED = "ok installed"
# The machine-readable copyright file, version 1.0 of Debian's format.
_LICENCE = re.compile(r"^License: *([A-Za-z0-9][^\n]*?) *$", re.MULTILINE)
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_WORDS = re.compile(r"\s+(?:and|or|with)\s+|[,/]|\s+exception$", re.IGNORECASE)


def installed_packages(root: Path) -> tuple[SystemPackage, ...]:
    """The packages of Debian or Ubuntu in `root`, by name; none where it has no records."""
    records = list(_records(_text(root, _STATUS)))
    folder = resolve_inside(root, _PARTS)
    if folder is not None and (root / folder).is_dir():
        names = sorted(path.name for path in (root / folder).iterdir() if not path.suffix)
        records += [r for name in names for r in _records(_text(root, f"{folder}/{name}"))]
    packages = [
        SystemPackage(
            name=record["Package"],
            version=record["Version"],
            # `glibc (2.36-9)` where the source has a version of its own.
            source=record.get("Source", record["Package"]).partition(" ")[0],
            architecture=record.get("Architecture", ""),
            licences=_licences(_text(root, f"usr/share/doc/{record['Package']}/copyright")),
        )
        for record in records
        if "Package" in record
        and "Version" in record
        and record.get("Status", _INSTALLED).endswith(_INSTALLED)
    ]
    return tuple(sorted(packages, key=lambda package: (package.name, package.architecture)))


def upstream_version(version: str) -> str:
    """`2.36` for Debian's `2.36-9+deb12u10`, `3.11.2` for `1:3.11.2-6`."""
    return re.split(r"[-+~]", version.partition(":")[2] or version)[0]


def _records(text: str) -> Iterator[dict[str, str]]:
    """The paragraphs of a control file; of a field of several lines only the first is kept."""
    for paragraph in text.split("\n\n"):
        pairs = (
            line.partition(":")
            for line in paragraph.split("\n")
            if ":" in line and not line.startswith((" ", "\t"))
        )
        record = {name: value.strip() for name, _, value in pairs}
        if record:
            yield record


def _licences(text: str) -> tuple[str, ...]:
    if not text.startswith("Format:"):
        return ()
    words = (word for line in _LICENCE.findall(text) for word in _WORDS.split(line))
    return tuple(sorted({word for word in words if word and _SHORT.fullmatch(word)}))


def _text(root: Path, path: str) -> str:
    return read_inside(root, path).decode(errors="replace")
