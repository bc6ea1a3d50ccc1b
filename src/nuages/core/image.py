"""The artifact of a build: trees in the image store, named by one digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
class ProbeReport:
    """What only Django knows, read once in the built environment (no network, no secrets)."""

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


@dataclass(frozen=True, slots=True)
class Image:
    """An image in the store: read-only trees on this machine and what they contain.

    `app` is mounted at /app, `venv` at /venv, `runtime` at /nuages, `static` (by its digest
    below Home.static) at `report.static_root`; `python` is the folder of the interpreter's
    installation, mounted where it lies (None when it is the system's, in /usr).
    `project` is the folder below /app that holds the project (`.` for the top).
    """

    digest: str
    app: Path
    venv: Path
    runtime: Path
    static: Path | None
    static_digest: str
    python: Path | None
    python_version: str
    project: str
    report: ProbeReport
