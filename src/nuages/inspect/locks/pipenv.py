"""Pipenv: Pipfile.lock and Pipfile (https://pipenv.pypa.io/en/latest/pipfile.html)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.inspect.locks.lines import Lines, Locked, git_address, text, with_extras


def read_pipfile_lock(document: Mapping[str, Any], folder: str) -> Locked:
    """The `default` section: what is for development is left out."""
    return _read(document.get("default"), folder)


def read_pipfile(document: Mapping[str, Any], folder: str) -> Locked:
    """The packages of a Pipfile without a lock."""
    return _read(document.get("packages"), folder)


def _read(section: object, folder: str) -> Locked:
    lines = Lines(folder)
    for name, wanted in section.items() if isinstance(section, Mapping) else ():
        entry = {"version": wanted} if isinstance(wanted, str) else wanted
        if isinstance(entry, Mapping):
            _take(str(name), entry, lines)
    return lines.result()


def _take(name: str, entry: Mapping[str, Any], lines: Lines) -> None:
    full, marker = with_extras(name, entry.get("extras")), _marker(entry)
    if text(entry, "git"):
        revision = text(entry, "ref")
        lines.at(
            full, git_address(text(entry, "git"), revision, text(entry, "subdirectory")), marker
        )
    elif text(entry, "path"):
        lines.below(text(entry, "path"), editable=entry.get("editable") is True)
    elif text(entry, "file"):
        lines.at(full, text(entry, "file"), marker)
    else:
        version = text(entry, "version").strip()
        hashes = entry.get("hashes")
        listed = [str(each) for each in hashes] if isinstance(hashes, list) else []
        lines.pinned(full, "" if version == "*" else version, marker, listed)


def _marker(entry: Mapping[str, Any]) -> str:
    """`markers`, and those that a Pipfile writes as keys of their own."""
    parts = [f"({text(entry, 'markers')})"] if text(entry, "markers") else []
    for key in ("sys_platform", "python_version", "os_name", "platform_machine"):
        if text(entry, key):
            parts.append(f"{key} {text(entry, key)}")
    return " and ".join(parts)
