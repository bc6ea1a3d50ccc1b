"""The packages of Debian and Ubuntu on this machine: which are there, and how some are added.

Names are validated by whoever hands them over (`nuages.core.system_packages.NAME`); each is an
argument of its own, and apt is told not to take any for a pattern.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Mapping

from nuages.system.command import Command, Completed, Runner

# In seconds: how long apt waits for another one that works, and the longest installation.
LOCK_WAIT = 300
_LONGEST = 3600.0
_OPTIONS = ("-o", f"DPkg::Lock::Timeout={LOCK_WAIT}", "-o", "APT::Cmd::Pattern-Only=true")
# Never removes what is there, never asks, and keeps configuration files as they are.
_INSTALL = (
    "apt-get", *_OPTIONS, "-o", "Dpkg::Options::=--force-confold", "-y", "-q",
    "--no-install-recommends", "--no-remove", "install", "--",
)  # fmt: skip
_UPDATE = ("apt-get", *_OPTIONS, "-q", "update")
_REPAIR = ("dpkg", "--force-confold", "--configure", "-a")
_LIST = ("dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Provides}\n")
# What the lists on the disk are too old, or too empty, for.
_STALE = ("Unable to locate package", "has no installation candidate", "404 ", "Unable to fetch")
_INTERRUPTED = "dpkg was interrupted"
_one_at_a_time = threading.Lock()


def can_install() -> bool:
    """Whether this process may install packages: it is root's, on a system that has apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_packages(names: Iterable[str], runner: Runner) -> tuple[str, ...]:
    """Those of `names` that are not installed, in their order, without doubles; none where nobody
    can tell, because this is no Debian."""
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        return ()
    try:
        listed = runner.run(Command(_LIST, env=_environment(), timeout=60))
    except (FileNotFoundError, TimeoutError):
        return ()
    there = _installed(listed.stdout)
    return tuple(name for name in wanted if name not in there) if there else ()


def install_packages(names: Iterable[str], runner: Runner) -> Completed:
    """Install these packages, with what they depend on; how apt ended. An installation that was
    killed half-way is carried to its end first, and old package lists are fetched anew."""
    command = Command((*_INSTALL, *names), env=_environment(), timeout=_LONGEST)
    with _one_at_a_time:
        done = runner.run(command)
        if done.code != 0 and _INTERRUPTED in _said(done):
            runner.run(Command(_REPAIR, env=_environment(), timeout=_LONGEST))
            done = runner.run(command)
        if done.code != 0 and any(sign in _said(done) for sign in _STALE):
            runner.run(Command(_UPDATE, env=_environment(), timeout=_LONGEST))
            done = runner.run(command)
    return done


def _said(done: Completed) -> str:
    return f"{done.stdout}\n{done.stderr}"


def _installed(listing: str) -> set[str]:
    """The names of installed packages, and those that they stand for (`libmagic1t64` provides
    `libmagic1`)."""
    found: set[str] = set()
    for line in listing.splitlines():
        status, _, rest = line.partition(" ")
        if status == "installed":
            name, _, provided = rest.partition(" ")
            found.add(name)
            found.update(part.split()[0] for part in provided.split(",") if part.strip())
    return found


def _environment() -> Mapping[str, str]:
    """What apt is told of us: our proxy, and that nobody is there to answer a question."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() in ("http_proxy", "https_proxy", "no_proxy")
    }
    return {
        **kept,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": "/root",
        "DEBIAN_FRONTEND": "noninteractive",
        # Ubuntu's needrestart would restart services of the machine.
        "NEEDRESTART_SUSPEND": "1",
    }
