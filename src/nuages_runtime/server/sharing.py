"""Can worker processes be forked from one that has loaded the app, and what if not.

Forked workers share the memory of what was loaded and are there at once. But a thread does not
live on in a forked process, and a connection or an open database would be used by several.
"""

import os
import stat
import sys
import threading

from nuages_runtime.server import starting

_VARIABLE = "NUAGES_PRELOAD"
_NO = "no"
# Devices without a state that a process could spoil for another.
_HARMLESS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
_SQLITE = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat2.html, section 1.3


class Attempt:
    """Remembers how this process was before the app was loaded, so that it can start over.

    Made before descriptors are taken out of the environment; `begin` comes right before the app
    is loaded. `program` is the module that this process runs.
    """

    def __init__(self, program, is_possible=True):
        self._program = program
        self.is_wanted = os.environ.pop(_VARIABLE, "") != _NO and is_possible
        self._environ = dict(os.environ)
        self._arguments = sys.argv[1:]
        self._before = set()

    def begin(self):
        """Remember what is open already."""
        self._before = _descriptors()

    def obstacle(self):
        """What the loaded app has that cannot be shared, in a few words; empty: nothing."""
        close_connections()
        if len(os.listdir("/proc/self/task")) > 1:
            others = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
            return "a thread ({})".format(", ".join(others) or "of a library")
        for number in sorted(_descriptors() - self._before):
            found = _judge(number)
            if found:
                return found
        return ""

    def start_over(self, reason, keep):
        """Become the same program anew, in which each worker loads the app by itself. `keep`:
        the descriptors to hand on. Does not return."""
        sys.stderr.write(
            "nuages: loading the app left {} open, so each worker process loads it by itself, "
            "which takes more memory\n".format(reason)
        )
        sys.stdout.flush()
        sys.stderr.flush()
        for number in keep:
            os.set_inheritable(number, True)
        argv = [sys.executable, "-m", self._program, *self._arguments]
        # What is said meanwhile waits for the new program.
        with starting.deferred():
            os.execve(sys.executable, argv, dict(self._environ, **{_VARIABLE: _NO}))  # noqa: S606


def _descriptors():
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue  # the listing's own
        found.add(int(name))
    return found


def _judge(number):
    try:
        mode = os.fstat(number).st_mode
        name = os.readlink("/proc/self/fd/{}".format(number))
    except OSError:
        return ""
    if stat.S_ISDIR(mode):
        return ""
    if stat.S_ISREG(mode):
        return "the database {}".format(name) if _is_sqlite(number) else ""
    if stat.S_ISCHR(mode) and (name in _HARMLESS or name.startswith("/dev/pts/")):
        return ""
    return name  # `socket:[123]`, `pipe:[123]`, `anon_inode:[eventpoll]`, a device


def _is_sqlite(number):
    # By the descriptor that is there: to open and close the file once more would drop the
    # locks that this process has on it.
    try:
        return os.pread(number, len(_SQLITE), 0) == _SQLITE
    except OSError:
        return False


def close_connections():
    """Close the databases that were opened while the app was loaded: a process that is forked
    from this one opens its own."""
    database = sys.modules.get("django.db")
    if database is not None:
        database.connections.close_all()
