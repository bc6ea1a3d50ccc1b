"""The artifact of a build: trees in the image store, named by one digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nuages.core.oci import OciImage


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One thing that the overlay changed: the project's value, the value used, and why.

    Values are source-like texts with secrets masked; `keep` says how to keep the project's.
    """

    setting: str
    project: str
    used: str
    why: str
    keep: str = ""


@dataclass(frozen=True, slots=True)
class NeededVariable:
    """A variable without which the settings do not load, and the place in the project where it
    is read (POSIX, below the source; empty and 0 where that is unknown)."""

    name: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.name} ({self.file}:{self.line})" if self.file else self.name


@dataclass(frozen=True, slots=True)
class AddedPackage:
    """A distribution (`requirement` as a line of a requirements file) that was installed although
    nothing that is installed from names it, since `module` is wanted; `place` is where the
    project names it after all, empty where it is only well known. `input` is the digest of the
    dependency input that it was added to."""

    module: str
    requirement: str
    place: str
    input: str

    def __str__(self) -> str:
        known = f"{self.place} names it" if self.place else "it is known to bring that"
        return f"{self.requirement} was installed for the module {self.module}: {known}"


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What only Django knows, read once in the built environment (no network, no secrets).

    `needed` are the variables that the probe saw stand-ins of, since the settings do not load
    without them: a release has to have each. `added` are packages beyond the project's list.
    """

    django: str
    python: str
    settings_module: str
    static_url: str = ""
    static_root: str = ""
    media_url: str = ""
    media_root: str = ""
    static_collected: int = 0
    databases: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    warnings: tuple[str, ...] = ()
    needed: tuple[NeededVariable, ...] = ()
    added: tuple[AddedPackage, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How an image is to be run: decided at build, kept with it, so that a rollback runs vN as
    vN was run.

    `processes` are (name, command as written); an empty command is the platform's own server.
    `release_commands` are as written too. `scale` holds the project's counts by process type,
    `reads` the names of the variables that the settings read, `feeds` pairs of a variable and a
    setting that it goes into, `fills` pairs of one and the platform's variable that says the same;
    `defaults` are groups of variables and values, each used where none of its names is set;
    `brokers` pairs of a process type and the variables of which one has
    to be set before it starts. `health_path` is empty where the project does not say which is
    asked: its URLconf does then. `health_timeout` in seconds, `memory` in bytes (0: the app's size
    decides). `migrations` is a digest of every migration file, so that two images can be compared
    without a database. `configuration` is the class of django-configurations, if any. `spatial`
    has the platform's own SQLite database open as GeoDjango wants it. `paths` are folders below
    /app that modules are imported from besides the project's own. `folders` are made below /app
    before a process starts, where they are not there. `commit` is named by git's records in /app;
    there are none where it is empty.
    `server` is the class of server (`nuages_runtime.server.kinds.classes`) that a container without
    a platform runs the app with, where nobody chooses another one.
    """

    settings: str
    interface: str
    application: str
    processes: tuple[tuple[str, str], ...]
    release_commands: tuple[str, ...] = ()
    health_path: str = ""
    health_timeout: float = 60.0
    scale: tuple[tuple[str, int], ...] = ()
    memory: int = 0
    cpu: float = 0.0
    reads: tuple[str, ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    overlay: bool = True
    keep: tuple[str, ...] = ()
    migrations: str = ""
    brokers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fills: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[tuple[str, str], ...], ...] = ()
    configuration: str = ""
    spatial: bool = False
    paths: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    commit: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A `folder` of this machine, and the `place` where apps see it."""

    folder: Path
    place: Path


@dataclass(frozen=True, slots=True)
class Image:
    """An image in the store: read-only trees on this machine and what they contain.

    `app` is mounted at /app, `venv` at /venv, `runtime` at /nuages, `static` (by its digest
    below Home.static) at `report.static_root`; `python` is the folder of the interpreter's
    installation (None when it is the system's, in /usr).
    `project` is the folder below /app that holds the project (`.` for the top). `oci` is the image
    as other engines see it, which the digest is of (None for images of an earlier version); `input`
    is a digest of everything that it was made from, and `source_…` are the source's. `base` is the
    root file system that apps see around all of this (None: that of this machine), and `ground` the
    digest of the one that the image's layers lie on.
    """

    digest: str
    app: Path
    venv: Path
    runtime: Path
    static: Path | None
    static_digest: str
    python: Placed | None
    python_version: str
    project: str
    report: ProbeReport
    blueprint: Blueprint
    source_digest: str = ""
    source_name: str = ""
    source_commit: str = ""
    base: Path | None = None
    ground: str = ""
    oci: OciImage | None = None
    input: str = ""
