"""What a container may use, read from control groups of both versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages_runtime.container.environment import size
from nuages_runtime.container.limits import cpu_limit, memory_limit

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("files", "cpu", "memory"),
    [
        ({"cpu.max": "150000 100000", "memory.max": str(512 * MB)}, 1.5, 512 * MB),
        ({"cpu.max": "max 100000", "memory.max": "max"}, None, None),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000",
          "memory/memory.limit_in_bytes": str(256 * MB)}, 0.5, 256 * MB),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000",
          "memory/memory.limit_in_bytes": "9223372036854771712"}, None, None),
        ({}, None, None),
    ],
)  # fmt: skip
def test_limits_of_both_versions_are_read(
    tmp_path: Path, files: dict[str, str], cpu: float | None, memory: int | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    assert cpu_limit(str(tmp_path)) == cpu
    assert memory_limit(str(tmp_path)) == memory


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        (1.0, 512 * MB, (2, 4, 4)),
        (None, 512 * MB, (2, 4, 4)),
        (2.0, None, (4, 4, 512)),
        (None, None, (4, 4, 512)),
        (0.5, None, (2, 4, 512)),
    ],
)
def test_workers_follow_the_limits_or_modestly_the_machine(
    cpu: float | None, memory: int | None, expected: tuple[int, int, int]
) -> None:
    assert size(cpu, memory, (64, 65536 * MB)) == expected
