"""Sockets by path and by address: any path length, clear errors, descriptors sent along."""

from __future__ import annotations

import array
import os
import select
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from nuages.core.errors import EXIT_CONFLICT, EXIT_FORBIDDEN, EXIT_USAGE, ErrorCode, NuagesError
from nuages.system.processes import port_holder

# As many waiting connections as the kernel lets us have; it caps this at net.core.somaxconn.
BACKLOG = 4096
MOST_DESCRIPTORS = 8

PORT_TAKEN = ErrorCode(
    "system.E010",
    "A port is in use",
    "Stop the program that has it, or choose another one with --http-port.",
    "The platform listens on one TCP port for all apps.",
    exit_code=EXIT_CONFLICT,
    retryable=True,
)
PORT_FORBIDDEN = ErrorCode(
    "system.E011",
    "This user may not listen on a port",
    "Choose a port above 1023 with --http-port, or run the platform as root.",
    exit_code=EXIT_FORBIDDEN,
)
BAD_ADDRESS = ErrorCode(
    "system.E012",
    "This machine cannot listen on an address",
    "Use an address of this machine, such as 127.0.0.1:8000 or [::]:8000.",
    exit_code=EXIT_USAGE,
)


def listen_unix(path: Path, mode: int) -> socket.socket:
    """A listening socket at `path`, replacing what is there; any length of path will do."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # The name of a unix socket ends at 107 bytes; this one is short wherever the folder is.
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
        path.chmod(mode)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener


def refuse_waiting(listener: socket.socket) -> None:
    """Close the connections that wait in the queue of a socket from which nobody accepts."""
    while select.select([listener], [], [], 0)[0]:
        listener.accept()[0].close()


def connect_unix(path: Path, timeout: float | None = None) -> socket.socket:
    """A connection to the socket at `path`. Raises OSError where nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            connection.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
    except BaseException:
        connection.close()
        raise
    return connection


def listen_tcp(address: str) -> socket.socket:
    """A listening socket at `127.0.0.1:8000` or `[::]:80` (which takes IPv4 too).

    Raises system.E010 naming who has the port, system.E011, system.E012.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family == socket.AF_INET6 and host == "::" and not _has_ipv6():
        family, host = socket.AF_INET, "0.0.0.0"  # noqa: S104 all interfaces were asked for
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, int(port)))
        listener.listen(BACKLOG)
    except PermissionError:
        listener.close()
        raise NuagesError(PORT_FORBIDDEN, f"No permission to listen on {address}") from None
    except (OSError, ValueError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) != 98:
            raise NuagesError(BAD_ADDRESS, f"Cannot listen on '{address}': {error}") from None
        holder = _holder(int(port))
        who = f" by {holder}" if holder else ""
        raise NuagesError(PORT_TAKEN, f"Port {port} is in use{who}") from None
    return listener


def send_with(connection: socket.socket, data: bytes, descriptors: Sequence[int]) -> None:
    """Send all of `data`, the descriptors with its first part."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    sent = connection.sendmsg([data], [rights] if descriptors else [])
    connection.sendall(data[sent:])


def receive_with(connection: socket.socket, size: int) -> tuple[bytes, list[int]]:
    """Up to `size` bytes and the descriptors that came with them, which the caller closes."""
    space = socket.CMSG_LEN(MOST_DESCRIPTORS * array.array("i").itemsize)
    data, ancillary, _, _ = connection.recvmsg(size, space, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return data, list(descriptors)


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a unix socket."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid: int = struct.unpack("3i", packed)[1]
    return uid


def _has_ipv6() -> bool:
    return Path("/proc/net/if_inet6").exists()


def _holder(port: int) -> str:
    """Who listens on a TCP port: from the kernel's tables to the process with that socket."""
    for table in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                holder = port_holder(int(fields[9]))
                if holder:
                    return holder
    return ""
