"""The gate: a pipe that says when an instance may open database connections.

The agent writes one byte when the release commands are done. Nobody ever reads it: a byte that
stays in the pipe is seen by every worker process, also by one that is started much later, while
one that was read would be gone for all others. The end of the pipe without a byte means that
the release is given up.
"""

import os
import select
import stat
import sys
import threading

GIVEN_UP = 3
_VARIABLE = "NUAGES_GATE_FD"
# Milliseconds between two signs of life to a supervisor that ends silent workers.
_PULSE = 1000

_lock = threading.Lock()
_state = {"descriptor": None, "looked": False, "open": False}

# Called now and then while the gate is closed, by whoever waits.
pulse = []


def is_expected():
    """Whether this process has a gate to wait for."""
    _take()
    return _state["descriptor"] is not None


def wait():
    """Return when the gate is open; end the process where it never will be."""
    if _state["open"]:
        return
    _take()
    descriptor = _state["descriptor"]
    if descriptor is None:
        _state["open"] = True
        return
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    while True:
        for _, event in poller.poll(_PULSE):
            if event & select.POLLIN:
                _state["open"] = True
                return
            sys.stderr.write("nuages: the release was given up before this instance was let in\n")
            sys.stderr.flush()
            os._exit(GIVEN_UP)
        for sign in pulse:
            sign()


def descriptor():
    """The pipe's descriptor, to be handed to a child that waits by itself; None without."""
    _take()
    return _state["descriptor"]


def _take():
    """Take the descriptor over from the environment, so that no program that the app starts
    mistakes another file for it."""
    with _lock:
        if _state["looked"]:
            return
        _state["looked"] = True
        text = os.environ.pop(_VARIABLE, "")
        if not text.isdigit():
            return
        number = int(text)
        try:
            if not stat.S_ISFIFO(os.fstat(number).st_mode):
                return
            os.set_inheritable(number, False)
        except OSError:
            return
        _state["descriptor"] = number
