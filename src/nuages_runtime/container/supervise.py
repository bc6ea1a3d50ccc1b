"""Runs a program as the first process of a container has to: signals reach it, what is left behind
is reaped, and it has a time to end in."""

import contextlib
import os
import signal
import subprocess
import sys

from nuages_runtime import hook
from nuages_runtime.server import listening, starting

FAILED = 3
MISSING = 127
_SHELLS = ("sh", "bash", "dash")
_NO_SHELL = "; this image's base has no shell, others have: nuages build --base debian@13"
_PASSED_ON = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH")


def supervise(argv, may_be_ended=True):
    """Run `argv` to its end; its exit code, 128 + N for signal N. 0 where it was told to end by
    SIGTERM and did, and `may_be_ended` says that this is no failure."""
    problem = hook.missing()
    if problem:
        sys.stderr.write("nuages: {}\n".format(problem))
        return FAILED
    watch = _Watch()
    with starting.deferred():
        try:
            child = subprocess.Popen(argv, preexec_fn=starting.accept_again)  # noqa: PLW1509
        except OSError as error:
            hint = _NO_SHELL if argv[0].rpartition("/")[2] in _SHELLS else ""
            text = "nuages: cannot start {}: {}{}\n"
            sys.stderr.write(text.format(argv[0], error.strerror, hint))
            return MISSING
        watch.begin(child.pid)
    code = _wait(child)
    watch.end()
    return 0 if may_be_ended and watch.is_told and code in (0, 128 + signal.SIGTERM) else code


def _wait(child):
    """The child's exit code; whatever else ends meanwhile is reaped."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child.pid:
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            child.returncode = code
            return code


class _Watch:
    """Hands signals on to a child, and ends it for good when its time is over."""

    def __init__(self):
        self.is_told = False
        self._pid = 0
        self._former = {}

    def begin(self, pid):
        self._pid = pid
        for name in _PASSED_ON:
            number = getattr(signal, name)
            self._former[number] = signal.signal(number, self._pass_on)
        self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._kill)

    def end(self):
        signal.alarm(0)
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _pass_on(self, number, _):
        if number == signal.SIGTERM and not self.is_told:
            self.is_told = True
            signal.alarm(listening.grace())
        self._send(number)

    def _kill(self, *_):
        self._send(signal.SIGKILL)

    def _send(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)
