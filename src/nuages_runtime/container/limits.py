"""What a container may use, as the kernel's control groups say it (version 2, else 1)."""

import os

_GROUPS = "/sys/fs/cgroup"
# Of version 1, a number near the highest stands for no limit.
_UNLIMITED = 1 << 60


def cpu_limit(groups=_GROUPS):
    """CPUs that may be used; None where there is no limit."""
    quota, _, period = _read(groups, "cpu.max").partition(" ")
    if not quota:
        quota = _read(groups, "cpu", "cpu.cfs_quota_us")
        period = _read(groups, "cpu", "cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit() and int(quota) and int(period)):
        return None
    return int(quota) / int(period)


def memory_limit(groups=_GROUPS):
    """Bytes of memory that may be used; None where there is no limit."""
    text = _read(groups, "memory.max") or _read(groups, "memory", "memory.limit_in_bytes")
    if not text.isdigit() or int(text) >= _UNLIMITED:
        return None
    return int(text)


def machine():
    """CPUs and bytes of memory of the machine, as far as this process may use them."""
    cpus = len(os.sched_getaffinity(0))
    return cpus, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _read(groups, *names):
    try:
        with open(os.path.join(groups, *names)) as stream:
            return stream.read().strip()
    except OSError:
        return ""
