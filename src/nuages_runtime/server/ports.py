"""Which TCP ports a program listens on, by what the kernel says of it (proc_pid_net(5))."""

import os
import re

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENS = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")
# The state, and the number behind the name of a program, which may hold anything.
_PARENT = re.compile(r"\) \S (\d+) ")


def listened_ports(pid):
    """The ports on which `pid` and what it has started listen, in ascending order."""
    sockets = _sockets(_family(pid))
    return sorted({port for port, inode in _listening() if inode in sockets})


def _listening():
    for table in _TABLES:
        try:
            with open(table) as lines:
                rows = [line.split() for line in lines][1:]
        except OSError:
            continue  # without IPv6
        for row in rows:
            if row[3] == _LISTENS:
                yield int(row[1].rpartition(":")[2], 16), row[9]


def _family(pid):
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/{}/stat".format(name), errors="replace") as stat:
                parent = _PARENT.search(stat.read())
        except OSError:
            continue  # it has just ended
        if parent:
            children.setdefault(int(parent.group(1)), []).append(int(name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def _sockets(pids):
    found = set()
    for pid in pids:
        folder = "/proc/{}/fd".format(pid)
        try:
            numbers = os.listdir(folder)
        except OSError:
            continue
        for number in numbers:
            try:
                link = _SOCKET.match(os.readlink("{}/{}".format(folder, number)))
            except OSError:
                continue
            if link:
                found.add(link.group(1))
    return found
