"""How many worker processes and threads a web instance gets. Pure."""

from __future__ import annotations

# What one worker of a Django site takes with room for its requests; 512 MB give two.
_WORKER_MEMORY = 256 * 1024 * 1024
# gthread's usual 2 to 4 a core: enough that one slow query does not hold up a worker.
_THREADS = 4


def size_workers(cpu: float, memory: int) -> tuple[int, int]:
    """(processes, threads) for `cpu` CPUs and `memory` bytes.

    gunicorn's documentation recommends 2 x CPUs + 1 processes; memory may allow fewer.
    """
    by_cpu = int(2 * cpu) + 1
    by_memory = memory // _WORKER_MEMORY
    return max(1, min(by_cpu, by_memory)), _THREADS
