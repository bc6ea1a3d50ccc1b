"""The processes of the platform, as `nuages status` shows them: from /proc and from the agent."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from nuages.core.errors import NuagesError

# Process names as the parent of the control plane gives them to its children.
_CONTROL = {"nuages-api": "api", "nuages-worker": "worker"}


@cache
def platform_version() -> str:
    """The version of the installed package."""
    return version("nuages")


def all_parts() -> list[dict[str, Any]]:
    """Every process of the platform that is known: agent and services, then our own."""
    parts = _agent_parts()
    # The agent knows the parent of the control plane as a service.
    known = {part["name"] for part in parts}
    return [*parts, *(part for part in _control_parts() if part["name"] not in known)]


def is_healthy(parts: list[dict[str, Any]]) -> bool:
    """Whether all of them run, and none is missing."""
    names = {part["name"] for part in parts}
    running = all(part["status"] == "running" for part in parts)
    return running and {"agent", "proxy", "api", "worker"} <= names


def started(pid: int) -> datetime | None:
    """When a process was started; None where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    ticks = int(stat.rpartition(")")[2].split()[19])
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return datetime.fromtimestamp(booted + ticks / os.sysconf("SC_CLK_TCK"), UTC)


def memory(pid: int) -> int | None:
    """Proportional set size in bytes; None where it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(row.split()[1]) * 1024 for row in lines if row.startswith("Pss:")), None)


def show_process(name: str, pid: int | None) -> dict[str, Any]:
    """A part by its pid."""
    since = started(pid) if pid else None
    return {
        "name": name,
        "status": "running" if since else "stopped",
        "pid": pid,
        "since": since,
        "memory": memory(pid) if pid and since else None,
    }


def _agent_parts() -> list[dict[str, Any]]:
    try:
        pids = import_string(settings.NUAGES_SERVICES.replace(":", "."))(settings.NUAGES_HOME)
    except (NuagesError, OSError):
        return [{"name": "agent", "status": "unreachable"}]
    return [show_process(name, pid) for name, pid in pids.items()]


def _control_parts() -> list[dict[str, Any]]:
    """The API and the worker: the children of our parent, by the names it gave them."""
    parent = os.getppid()
    found = dict.fromkeys(_CONTROL.values(), 0)
    for pid in _children(parent):
        name = _CONTROL.get(_comm(pid))
        if name:
            found[name] = pid
    found["api"] = found["api"] or os.getpid()
    return [
        show_process("control", parent),
        *(show_process(name, pid or None) for name, pid in found.items()),
    ]


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _comm(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
