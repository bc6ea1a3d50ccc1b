"""What the agent hands to a web instance: the listening socket, descriptor 3, announced as by
systemd, and the time to end in."""

import os
import socket

FIRST = 3
_GRACE = 30


def announce():
    """Make LISTEN_PID ours, so that a library that looks for it finds the socket; whether
    there is one."""
    if not os.environ.get("LISTEN_FDS"):
        return False
    os.environ["LISTEN_PID"] = str(os.getpid())
    return True


def grace():
    """Seconds that what is under way has after SIGTERM: NUAGES_GRACE, else 30."""
    text = os.environ.get("NUAGES_GRACE", "")
    return int(text) if text.isdigit() and int(text) else _GRACE


def take():
    """The socket itself; the announcement is withdrawn, for programs that the app starts."""
    os.environ.pop("LISTEN_FDS", None)
    os.environ.pop("LISTEN_PID", None)
    os.set_inheritable(FIRST, False)
    return socket.socket(fileno=FIRST)
