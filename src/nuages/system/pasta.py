"""The outward network of a sandbox without root: one `pasta` process each, which copies packets.

Options are those of passt 2023-03 (Debian 12) that later versions still have.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_NS_GET_USERNS = 0xB701  # <linux/nsfs.h>
_TUN = "/dev/net/tun"


def find_pasta() -> tuple[str, str]:
    """(program, why there is none): exactly one of them is empty."""
    program = shutil.which("pasta")
    if program is None:
        return "", "pasta (package passt) is not installed"
    if not os.access(_TUN, os.R_OK | os.W_OK):
        return "", f"this user may not open {_TUN}"
    return program, ""


def open_owner(pid: int) -> int:
    """A descriptor of the user namespace that owns the network of `pid`: bubblewrap's program
    itself is in another one below it. The caller closes it."""
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(network, _NS_GET_USERNS)
    finally:
        os.close(network)


@dataclass(frozen=True, slots=True)
class PastaFiles:
    """Our descriptor of the user namespace that owns the network, and the named pipe that pasta
    writes its pid into once all is set up."""

    owner: int
    ready: Path


def pasta_argv(program: str, pid: int, files: PastaFiles, port: int) -> tuple[str, ...]:
    """The argument vector that connects the network namespace of `pid` to the outside.

    The host's loopback stays out of reach but for `port` (0: none), which answers as port 80
    inside, where the internal names lead.
    """
    owner = f"/proc/{os.getpid()}/fd/{files.owner}"
    inward = ("-t", "none", "-u", "none")
    outward = ("-T", f"80:{port}" if port else "none", "-U", "none")
    names = ("--userns", owner, "--netns", f"/proc/{pid}/ns/net")
    quiet = ("--foreground", "--quiet", "--pid", str(files.ready))
    return (program, "--config-net", "--no-map-gw", *quiet, *inward, *outward, *names)
