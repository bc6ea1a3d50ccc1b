"""Standard streams that end in a log file: values of variables are taken out as text is written.

What the app prints is kept on disk, and an exception's text may hold a password. Readers of the
logs take values out once more; this keeps them from being written by Python at all.
"""

import io
import os
import sys

VARIABLE = "NUAGES_LOGGED"


def guard():
    """Put guarded streams in place of sys.stdout and sys.stderr where they are logged."""
    if VARIABLE not in os.environ:
        return
    from nuages_runtime import report

    secrets = report.secrets()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            setattr(sys, name, _guarded(stream, secrets, report.without))


def _guarded(stream, secrets, without):
    options = {"line_buffering": stream.line_buffering}
    if hasattr(stream, "write_through"):
        options["write_through"] = stream.write_through
    # The one before stays open beside it, as sys.__stdout__; both write to the same buffer.
    guarded = _Guarded(stream.buffer, stream.encoding, stream.errors, **options)
    guarded.replace = lambda text: without(text, secrets)
    guarded.mode = stream.mode
    return guarded


class _Guarded(io.TextIOWrapper):
    """Text is looked through piece by piece, as it is written."""

    def write(self, text):
        """Write `text` without what is secret; says that all of it was written."""
        super().write(self.replace(text))
        return len(text)
