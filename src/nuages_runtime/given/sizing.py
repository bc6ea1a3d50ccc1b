"""How many worker processes and threads a web instance gets. Pure."""

# Bytes that one worker of a Django site takes with room for its requests; 512 MB give two.
_WORKER_MEMORY = 256 * 1024 * 1024
# Bytes; small sites take about 80 MB for a worker that shares nothing.
_LEAST_WORKER = 128 * 1024 * 1024
# gthread's usual 2 to 4 a core: enough that one slow query does not hold up a worker.
_THREADS = 4


def size_workers(cpu: "float", memory: "int") -> "tuple[int, int]":
    """(processes, threads) for `cpu` CPUs and `memory` bytes.

    gunicorn's documentation recommends 2 x CPUs + 1 processes; memory may allow fewer.
    """
    by_cpu = int(2 * cpu) + 1
    by_memory = memory // _WORKER_MEMORY
    return max(1, min(by_cpu, by_memory)), _THREADS


def most_workers(memory: "int") -> "int":
    """How many worker processes of a web server there is memory for, at the least that one of
    a Django site takes: with more, the kernel ends one after the other."""
    return max(1, memory // _LEAST_WORKER)
