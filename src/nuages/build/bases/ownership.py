"""Which package of a root a file came with, from the lists that dpkg keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nuages.build.bases.trees.rooted import read_inside, resolve_inside
from nuages.core.system_packages import library_package

_LISTS = "var/lib/dpkg/info"
# Made when the package is installed, so that no list has it.
_MADE = {"etc/ssl/certs/ca-certificates.crt": "ca-certificates"}


def file_owners(root: Path) -> Mapping[str, str]:
    """The packages by the paths below the root of their files and links; of a file that several
    have, the last by name. Next to nothing where dpkg has no lists."""
    links = _top_links(root)
    owners = dict(_MADE)
    for package, paths in _lists(root):
        for path in paths:
            top, slash, rest = path.strip("/").partition("/")
            # Older packages say /lib for what is in /usr/lib since both were merged.
            owners[f"{links.get(top, top)}{slash}{rest}"] = package
    return owners


def owning_packages(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """The names of the packages that `paths` (below the root) came with."""
    owners = file_owners(root)
    return frozenset(owners[path] for path in paths if path in owners)


def package_of_library(library: str, owners: Mapping[str, str]) -> str:
    """The package that brings a library, by the name that it is loaded by: that of the tables,
    else the one of a root in which it is there; empty where neither knows."""
    known = library_package(library)
    if known:
        return known
    found = (package for path, package in owners.items() if path.rpartition("/")[2] == library)
    return min(found, default="")


def _lists(root: Path) -> Iterator[tuple[str, list[str]]]:
    folder = resolve_inside(root, _LISTS)
    if folder is None or not (root / folder).is_dir():
        return
    for name in sorted(path.name for path in (root / folder).iterdir() if path.suffix == ".list"):
        text = read_inside(root, f"{folder}/{name}").decode(errors="replace")
        yield name.removesuffix(".list").partition(":")[0], text.split("\n")


def _top_links(root: Path) -> dict[str, str]:
    links = {}
    for path in root.iterdir():
        if path.is_symlink():
            links[path.name] = resolve_inside(root, path.name) or path.name
    return links
