"""Workers and threads from CPUs and memory."""

from __future__ import annotations

import pytest

from nuages.core.process import Limits
from nuages_runtime.given.sizing import size_workers

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("cpu", "memory", "workers"),
    [
        (1.0, 512 * MB, 2),
        (1.0, 4096 * MB, 3),
        (2.0, 4096 * MB, 5),
        (0.5, 1024 * MB, 2),
        (0.1, 64 * MB, 1),
        (8.0, 256 * MB, 1),
    ],
)
def test_the_scarcer_of_cpus_and_memory_decides(cpu: float, memory: int, workers: int) -> None:
    assert size_workers(cpu, memory) == (workers, 4)


@pytest.mark.parametrize(("memory", "most"), [(512 * MB, 4), (2048 * MB, 16), (64 * MB, 1)])
def test_no_more_workers_are_started_than_fit(memory: int, most: int) -> None:
    assert Limits(memory=memory).most_workers == most
