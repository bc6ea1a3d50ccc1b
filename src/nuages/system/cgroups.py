"""Memory, process and CPU limits by control groups, version 2 or 1, whichever has the controllers.

A group is a folder in one hierarchy (v2) or in several (v1). Where none can be had, limits are
not enforced, and `Groups.missing` says why.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.core.process import Limits

CONTROLLERS = ("memory", "pids", "cpu")
_PERIOD = 100_000  # microseconds: the kernel's own default for both versions
_ROOT = Path("/sys/fs/cgroup")
# A kernel built without swap accounting or CPU quotas lacks single files, a container may keep
# them to itself, and no group gets more CPU than the one above it (EINVAL): that one's limit
# holds then. Memory and processes are limited, or nothing starts.
_OPTIONAL = ("memory.swap.max", "memory.memsw.limit_in_bytes", "cpu.")
_ABSENT = (errno.ENOENT, errno.EACCES, errno.EINVAL)
# Processes that come while the others are moved are moved once more, so often.
_MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Group:
    """One instance's group: its folder by controller, and the version of the interface."""

    folders: Mapping[str, Path]
    version: int

    def join(self) -> None:
        """Put the calling process into the group. OSError where that is refused."""
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text("0")

    def memory(self) -> int | None:
        """Bytes in use, less what the kernel can drop at once; None where it cannot be known."""
        folder = self.folders.get("memory")
        if folder is None:
            return None
        name = "memory.current" if self.version == 2 else "memory.usage_in_bytes"
        key = "inactive_file" if self.version == 2 else "total_inactive_file"
        try:
            used = int((folder / name).read_text())
            return max(used - _field(folder / "memory.stat", key), 0)
        except (OSError, ValueError):
            return None

    def out_of_memory(self) -> int:
        """How many processes the kernel has killed for want of memory."""
        folder = self.folders.get("memory")
        if folder is None:
            return 0
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        return _field(folder / name, "oom_kill")

    def remove(self) -> None:
        """Remove the group; it stays as long as processes are in it."""
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                folder.rmdir()


@dataclass(frozen=True, slots=True)
class Groups:
    """Where groups can be made: the platform's folder by controller (empty: nowhere)."""

    folders: Mapping[str, Path]
    version: int
    missing: str = ""

    def make(self, name: str, limits: Limits) -> Group | None:
        """A group with these limits; None where there are no control groups. OSError where a
        limit is refused."""
        if not self.folders:
            return None
        folders = {controller: path / name for controller, path in self.folders.items()}
        group = Group(folders, self.version)
        # One that was left over has limits of its own.
        group.remove()
        try:
            for folder in folders.values():
                folder.mkdir(exist_ok=True)
            for controller, file, text in _settings(self.version, limits):
                if controller in folders:
                    _limit(folders[controller] / file, text)
        except OSError:
            group.remove()
            raise
        return group

    def find(self, name: str) -> Group | None:
        """The group of that name, made before."""
        folders = {controller: path / name for controller, path in self.folders.items()}
        there = {controller: path for controller, path in folders.items() if path.is_dir()}
        return Group(there, self.version) if there else None

    def describe(self) -> str:
        """What is enforced, for `status`: `memory, pids, cpu (v2)`, or why nothing is."""
        if not self.folders:
            return f"no limits: {self.missing}"
        return f"{', '.join(self.folders)} (control groups v{self.version})"

    def remove(self) -> None:
        """Remove the platform's own folders, once no instance is left."""
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                folder.rmdir()


def find_groups(name: str, root: Path = _ROOT, own: Path = Path("/proc/self/cgroup")) -> Groups:
    """A folder called `name` for the platform's groups, in version 2 where it has the
    controllers, else in version 1. `root` is where the hierarchies are mounted."""
    paths = _own_paths(own)
    modern = root / "unified" if (root / "unified").is_dir() else root
    if _has(modern, "memory"):
        return _modern(modern, paths.get("", "/"), name, root=os.geteuid() == 0)
    folders = {}
    for controller in CONTROLLERS:
        base = root / controller
        if controller in paths and base.is_dir():
            folders[controller] = base / paths[controller].lstrip("/") / name
    try:
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
    except OSError as error:
        return Groups({}, 1, f"control groups cannot be made here ({error.strerror})")
    missing = "" if folders else "this machine has no control groups"
    return Groups(folders, 1, missing)


def _modern(top: Path, own: str, name: str, *, root: bool) -> Groups:
    """Version 2: root makes a group at the top, an ordinary user inside a delegated one."""
    base = top
    if not root:
        base = top / own.lstrip("/")
        if base.name == _leaf(name):
            # Who started us was started by an agent before us, in that one's leaf.
            base = base.parent
        try:
            _empty(base, base / _leaf(name))
        except OSError:
            return Groups({}, 2, "this user has no control group delegated to it")
    try:
        _enable(base, base / _leaf(name))
        (base / name).mkdir(exist_ok=True)
        _enable(base / name, base / _leaf(name))
    except OSError as error:
        return Groups({}, 2, f"control groups cannot be made here ({error.strerror})")
    there = [controller for controller in CONTROLLERS if _has(base / name, controller)]
    return Groups(dict.fromkeys(there, base / name), 2)


def _leaf(name: str) -> str:
    return f"{name}-agent"


def _enable(folder: Path, leaf: Path) -> None:
    """Hand the controllers on that the folder has, one by one: one that is refused keeps none of
    the others. A group with processes can hand none on, but for the very first one: in a
    container the first one that we see has processes, and they are moved to `leaf`."""
    for controller in CONTROLLERS:
        if _has(folder, controller):
            try:
                _switch_on(folder, controller, leaf)
            except OSError:
                if controller == "memory":
                    raise


def _switch_on(folder: Path, controller: str, leaf: Path) -> None:
    for _ in range(_MOST_TRIES):
        try:
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            _empty(folder, leaf)
        else:
            return
    raise OSError(errno.EBUSY, "Processes keep coming", str(folder))


def _empty(folder: Path, leaf: Path) -> None:
    """Move every process of a group, and us, into a leaf below it."""
    leaf.mkdir(exist_ok=True)
    for pid in ("0", *_processes(folder)):
        try:
            (leaf / "cgroup.procs").write_text(pid)
        except ProcessLookupError:
            continue


def _processes(folder: Path) -> list[str]:
    try:
        return (folder / "cgroup.procs").read_text().split()
    except OSError:
        return []


def _limit(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        if not path.name.startswith(_OPTIONAL) or error.errno not in _ABSENT:
            raise


def _has(folder: Path, controller: str) -> bool:
    try:
        return controller in (folder / "cgroup.controllers").read_text().split()
    except OSError:
        return False


def _own_paths(own: Path) -> dict[str, str]:
    """controller -> our path in its hierarchy, from /proc/self/cgroup; "" is version 2."""
    found = {}
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            found[controller] = path
    return found


def _settings(version: int, limits: Limits) -> list[tuple[str, str, str]]:
    """(controller, file, text), in the order in which they have to be written."""
    quota = int(limits.cpu * _PERIOD)
    if version == 2:
        return [
            ("memory", "memory.max", str(limits.memory)),
            ("memory", "memory.swap.max", "0"),
            ("pids", "pids.max", str(limits.pids)),
            ("cpu", "cpu.max", f"{quota} {_PERIOD}"),
        ]
    return [
        ("memory", "memory.limit_in_bytes", str(limits.memory)),
        ("memory", "memory.memsw.limit_in_bytes", str(limits.memory)),
        ("pids", "pids.max", str(limits.pids)),
        ("cpu", "cpu.cfs_period_us", str(_PERIOD)),
        ("cpu", "cpu.cfs_quota_us", str(quota)),
    ]


def _field(path: Path, key: str) -> int:
    """A number from a file of `key value` lines; 0 where it is not there."""
    try:
        for line in path.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    except (OSError, ValueError):
        return 0
    return 0
