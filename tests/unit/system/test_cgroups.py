"""Control groups of both versions, on folders that look like the kernel's."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from nuages.core.process import Limits
from nuages.system import cgroups
from nuages.system.cgroups import Group, find_groups

LIMITS = Limits(memory=268435456, cpu=0.5, pids=64)


def make_v1(folder: Path) -> Path:
    for controller in ("memory", "pids", "cpu"):
        (folder / controller / "box").mkdir(parents=True)
    own = folder / "own"
    own.write_text("4:memory:/box\n3:pids:/box\n2:cpu,cpuacct:/box\n0::/\n")
    return own


def make_v2(folder: Path) -> Path:
    (folder / "cgroup.controllers").write_text("cpuset cpu memory pids\n")
    own = folder / "own"
    own.write_text("0::/user\n")
    return own


def test_version_1_makes_groups_below_our_own(tmp_path: Path) -> None:
    groups = find_groups("nuages-x", tmp_path, make_v1(tmp_path))
    group = groups.make("polls.v1.web.1", LIMITS)
    assert group is not None
    assert group.folders["memory"] == tmp_path / "memory/box/nuages-x/polls.v1.web.1"


def test_version_1_writes_its_limits(tmp_path: Path) -> None:
    group = find_groups("nuages-x", tmp_path, make_v1(tmp_path)).make("one", LIMITS)
    assert group is not None
    found = {p.name: p.read_text() for folder in group.folders.values() for p in folder.iterdir()}
    assert found["memory.limit_in_bytes"] == "268435456"
    assert found["pids.max"] == "64"
    assert found["cpu.cfs_quota_us"] == "50000"


@pytest.mark.parametrize("missing", [True, False])
def test_what_can_be_had_is_said(tmp_path: Path, missing: bool) -> None:
    own = tmp_path / "own"
    own.write_text("0::/\n")
    groups = find_groups("x", tmp_path, own if missing else make_v1(tmp_path))
    words = groups.describe()
    if missing:
        assert words == "no limits: this machine has no control groups"
        assert groups.make("one", LIMITS) is None
    else:
        assert words == "memory, pids, cpu (control groups v1)"


def test_a_group_says_what_it_uses(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("anon 700\ninactive_file 300\n")
    assert Group({"memory": tmp_path}, 2).memory() == 700
    assert Group({}, 2).memory() is None


def test_kills_for_want_of_memory_are_counted(tmp_path: Path) -> None:
    group = Group({"memory": tmp_path}, 2)
    assert group.out_of_memory() == 0
    (tmp_path / "memory.events").write_text("oom 3\noom_kill 2\n")
    assert group.out_of_memory() == 2


def test_version_2_writes_its_limits(tmp_path: Path) -> None:
    found = {file: text for _, file, text in cgroups._settings(2, LIMITS)}
    assert found == {
        "memory.max": "268435456",
        "memory.swap.max": "0",
        "pids.max": "64",
        "cpu.max": "50000 100000",
    }


def test_version_2_is_taken_where_it_has_the_controllers(tmp_path: Path) -> None:
    groups = find_groups("nuages-x", tmp_path, make_v2(tmp_path))
    assert groups.version == 2


class Refusing(type(Path())):  # type: ignore[misc] the class of this system's paths
    """A path below which writing to the files of these names fails, as the kernel would."""

    refused: ClassVar[dict[str, int]] = {}

    def write_text(self, data: str, *args: Any, **kwargs: Any) -> int:
        if self.name in self.refused:
            raise OSError(self.refused[self.name], "refused")
        return int(super().write_text(data, *args, **kwargs))


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[Path]:
    yield Refusing(tmp_path)
    Refusing.refused = {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("memory.memsw.limit_in_bytes", errno.ENOENT),
        ("memory.memsw.limit_in_bytes", errno.EACCES),
        ("cpu.cfs_quota_us", errno.EINVAL),
    ],
)
def test_some_limits_may_be_missing(refusing: Path, name: str, code: int) -> None:
    groups = find_groups("nuages-x", refusing, make_v1(refusing))
    Refusing.refused = {name: code}
    assert groups.make("one", LIMITS) is not None


@pytest.mark.parametrize("name", ["memory.limit_in_bytes", "pids.max"])
def test_memory_and_processes_are_limited_or_nothing_starts(refusing: Path, name: str) -> None:
    groups = find_groups("nuages-x", refusing, make_v1(refusing))
    Refusing.refused = {name: errno.EACCES}
    with pytest.raises(OSError, match="refused"):
        groups.make("one", LIMITS)


class Kernel(type(Path())):  # type: ignore[misc] the class of this system's paths
    """A path to version 2, where a group with processes hands no controller on, and a process
    is in one group."""

    def write_text(self, data: str, *args: Any, **kwargs: Any) -> int:
        above = self.parent.parent / "cgroup.procs"
        if self.name == "cgroup.subtree_control":
            if (self.parent / "cgroup.procs").read_text():
                raise OSError(errno.EBUSY, "Device or resource busy")
            with (self.parent / "handed-on").open("a") as stream:
                return stream.write(f"{data}\n")
        if self.name == "cgroup.procs":
            left = [pid for pid in above.read_text().split() if pid != data]
            super(Kernel, above).write_text("\n".join(left))
            with self.open("a") as stream:
                return stream.write(f"{data}\n")
        return int(super().write_text(data, *args, **kwargs))


@pytest.mark.parametrize("user", [False, True])
def test_processes_are_moved_out_of_the_way_of_controllers(tmp_path: Path, user: bool) -> None:
    make_v2(tmp_path)
    (tmp_path / "cgroup.procs").write_text("1\n700\n")
    base, group = Kernel(tmp_path), tmp_path / "nuages-x"
    group.mkdir()
    (group / "cgroup.controllers").write_text("cpu memory pids\n")
    (group / "cgroup.procs").write_text("")
    own = "/" if user else "/elsewhere"
    groups = cgroups._modern(base, own, "nuages-x", root=not user)
    assert set(groups.folders) == {"memory", "pids", "cpu"}
    assert (tmp_path / "cgroup.procs").read_text() == ""
    assert {"1", "700"} <= set((tmp_path / "nuages-x-agent" / "cgroup.procs").read_text().split())
    assert (tmp_path / "handed-on").read_text().split() == ["+memory", "+pids", "+cpu"]


def test_an_agent_in_the_leaf_of_a_former_one_makes_no_other_below_it(tmp_path: Path) -> None:
    make_v2(tmp_path)
    (tmp_path / "nuages-x-agent").mkdir()
    groups = cgroups._modern(tmp_path, "/nuages-x-agent", "nuages-x", root=False)
    assert groups.missing == ""
    assert (tmp_path / "nuages-x").is_dir()
    assert not (tmp_path / "nuages-x-agent" / "nuages-x-agent").exists()
