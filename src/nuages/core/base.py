"""A base: the root file system that an image lies on and that its app runs in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BasePython:
    """A Python of the base that works: its path inside (`/usr/bin/python3.11`), its full version
    (`3.11.2`)."""

    path: str
    version: str

    @property
    def minor(self) -> str:
        """`3.11` for `3.11.2`."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A package of the distribution in a base: its name, its version, the source package that it
    was made from, its architecture (`amd64`, `all`), and its licences by their short names
    (`LGPL-2.1+`; empty where the package does not say)."""

    name: str
    version: str
    source: str
    architecture: str
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A root file system.

    `name` is what was asked for (`debian@12`, `bare`, an image reference); `digest` (`sha256:…`)
    that of its tree, whatever the times and owners; `root` where it lies, read by everybody and
    written by nobody. `python` is its own one where it has one that works; `packages` those of
    its distribution, `added` the names of those that were asked for besides; `architecture` as
    Debian names it (`amd64`); `multiarch` the folder of its libraries below /usr/lib
    (`x86_64-linux-gnu`); `libc` the version of its GNU C library (`2.36`; each empty: it has none).
    """

    name: str
    digest: str
    root: Path
    python: BasePython | None = None
    packages: tuple[SystemPackage, ...] = ()
    added: tuple[str, ...] = ()
    architecture: str = ""
    multiarch: str = ""
    libc: str = ""

    @property
    def hex(self) -> str:
        """The digest's own digits."""
        return self.digest.partition(":")[2]
