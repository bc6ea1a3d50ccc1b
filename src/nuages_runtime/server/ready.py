"""The word of an instance that it is ready, or why it is not: said once, by whichever of its
processes comes first."""

import mmap
import os
import sys

_VARIABLE = "NUAGES_READY_FD"
_LONGEST = 2000


class Reporter:
    """Made before any worker is forked. A pipe with one byte in it decides who speaks: the
    process that takes the byte does; the others, also those started later, find it empty."""

    def __init__(self):
        self.descriptor = _inherited()
        self._token, write = os.pipe()
        os.write(write, b"1")
        os.close(write)
        os.set_blocking(self._token, False)
        self._is_ready = mmap.mmap(-1, 1)  # shared with all that are forked

    @property
    def is_wanted(self):
        """Whether somebody listens."""
        return self.descriptor is not None

    @property
    def is_ready(self):
        """Whether any of the processes has said `ready`."""
        return self._is_ready[0] == 1

    def report(self, problem):
        """Say `ready`, or `failed` with `problem` as one line. Whether it was said: False
        where another process has spoken before."""
        try:
            if not os.read(self._token, 1):
                return False
        except BlockingIOError:
            return False
        if not problem:
            self._is_ready[0] = 1
        if self.descriptor is None:
            return True
        line = "failed " + " ".join(problem.split())[:_LONGEST] if problem else "ready"
        try:
            os.write(self.descriptor, line.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            sys.stderr.write("nuages: nobody listens for '{}': {}\n".format(line, error))
        return True


def _inherited():
    """The descriptor to write to, taken out of the environment and closed to programs that
    the app starts."""
    text = os.environ.pop(_VARIABLE, "")
    if not text.isdigit():
        return None
    try:
        os.set_inheritable(int(text), False)
    except OSError:
        return None
    return int(text)
