"""The listening socket that the agent opened: descriptor 3, announced as by systemd."""

import os
import socket

FIRST = 3


def announce():
    """Make LISTEN_PID ours, so that a library that looks for it finds the socket; whether
    there is one."""
    if not os.environ.get("LISTEN_FDS"):
        return False
    os.environ["LISTEN_PID"] = str(os.getpid())
    return True


def take():
    """The socket itself; the announcement is withdrawn, for programs that the app starts."""
    os.environ.pop("LISTEN_FDS", None)
    os.environ.pop("LISTEN_PID", None)
    os.set_inheritable(FIRST, False)
    return socket.socket(fileno=FIRST)
