"""Paths as a program inside a root sees them: links are followed below the root, never out of it.

What lies in a root was written by others, and a link in it may name any file of this machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# As many as Linux follows: path_resolution(7).
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a path leads to below a root, and the links (by their own paths) on the way there."""

    path: str
    links: tuple[str, ...]


def trace_inside(root: Path, path: str, *, last: bool = True) -> Trace | None:
    """Where `path` leads to inside of `root`, as a path below it (`usr/lib/libc.so.6`); what it
    leads to may be missing. `last` off leaves a link at the end as it is. None where links go in
    circles. `..` at the top stays there, and what a link names absolutely is below the root."""
    pending = _steps(path)
    done: list[str] = []
    links: list[str] = []
    while pending:
        part = pending.pop()
        if part == "..":
            done = done[:-1]
            continue
        here = "/".join((*done, part))
        target = _link(f"{root}/{here}") if pending or last else ""
        if not target:
            done.append(part)
            continue
        links.append(here)
        if len(links) > _MOST_LINKS:
            return None
        if target.startswith("/"):
            done = []
        pending += _steps(target)
    return Trace("/".join(done), tuple(links))


def resolve_inside(root: Path, path: str, *, last: bool = True) -> str | None:
    """Where `path` leads to, as `trace_inside` says."""
    trace = trace_inside(root, path, last=last)
    return trace.path if trace else None


def _steps(path: str) -> list[str]:
    """The parts of a path, the first one last."""
    return [part for part in reversed(path.split("/")) if part and part != "."]


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 many of them
    except OSError:
        return ""


def find_file(root: Path, path: str) -> Path | None:
    """The file on this machine that `path` is inside of `root`; None where there is no file."""
    found = resolve_inside(root, path)
    there = root / found if found else None
    return there if there is not None and there.is_file() and not there.is_symlink() else None


def read_inside(root: Path, path: str, limit: int = 64 * 1024 * 1024) -> bytes:
    """What the file at `path` inside of `root` holds, at most `limit` bytes; empty for none."""
    there = find_file(root, path)
    if there is None:
        return b""
    try:
        with there.open("rb") as stream:
            return stream.read(limit)
    except OSError:
        return b""
