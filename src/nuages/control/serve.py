"""The parent of the control plane: imports once, forks the API and the worker, forks again.

Both share the pages of the one import. The parent holds the listening socket, so requests wait
while the API is forked again, and a lock, so that a state directory has one control plane.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nuages.control.errors import ALREADY_RUNNING
from nuages.control.keys import ensure_key
from nuages.core.errors import NuagesError
from nuages.core.home import Home

log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
# A child that lived this long, in seconds, is forked again without a pause.
STEADY = 10.0
PAUSE_FIRST, PAUSE_MOST = 0.05, 30.0
# Between SIGTERM and SIGKILL.
GRACE = 8.0
# A killed predecessor's children are gone long before; after this, in seconds, somebody lives.
LOCK_WITHIN = 2.0


@dataclass(slots=True)
class Child:
    """A process to keep: what it runs, its pid (0 while there is none), when it is due again."""

    name: str
    run: Callable[[], int]
    pid: int = 0
    began: float = 0.0
    pause: float = PAUSE_FIRST
    due: float = field(default=0.0)


def serve(home: Home) -> int:
    """Run the control plane of a state directory until SIGTERM or SIGINT; its exit code."""
    prepare_home(home)
    with _lock(home.run / "control.lock"), _listen(home.control_socket) as listener:
        prepare_state(home)
        children = [
            Child("nuages-api", lambda: _run_api(listener)),
            Child("nuages-worker", lambda: _run_worker(home)),
        ]
        _share()
        gc.collect()
        gc.freeze()
        _supervise(children)
    return 0


def prepare_home(home: Home) -> None:
    """The folders and the key that the settings rely on."""
    for folder in (home.path, home.run, home.uploads):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ensure_key(home.key, home.database)
    os.environ["NUAGES_HOME"] = str(home.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuages.control.settings")


def prepare_state(home: Home) -> None:
    """Load Django and bring the database up to date, in a process of its own: the code of
    migrations would stay in the memory of three."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from nuages.control.state.queries import check_key  # noqa: PLC0415
    from nuages.control.state.schema import ensure_schema, is_current  # noqa: PLC0415

    if not is_current():
        connection.close()
        _in_child(lambda: int(not ensure_schema()))
    check_key()
    for path in (home.database, *home.path.glob(f"{home.database.name}-*")):
        path.chmod(0o600)
    connection.close()


def _share() -> None:
    """Import what the children need, and use it once, while their pages can still be shared."""
    from nuages.control.warmup import warm_up  # noqa: PLC0415

    warm_up()
    # What the imports gave back lies in holes of the heap; the kernel can have it.
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _run_api(listener: socket.socket) -> int:
    from nuages.control.api.server import serve_api  # noqa: PLC0415

    return serve_api(listener)


def _run_worker(home: Home) -> int:
    from nuages.control.worker.process import run_worker  # noqa: PLC0415

    return run_worker(home)


def _supervise(children: list[Child]) -> None:
    """Keep the children running until a signal to stop; return when the last one is gone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    deadline: float | None = None
    while True:
        now = time.monotonic()
        if deadline is None:
            for child in children:
                if not child.pid and child.due <= now:
                    _start(child)
        elif not any(child.pid for child in children):
            return
        elif now >= deadline:
            _signal(children, signal.SIGKILL)
        got = signal.sigtimedwait(_SIGNALS, _patience(children, deadline))
        if got is not None and got.si_signo != signal.SIGCHLD and deadline is None:
            deadline = time.monotonic() + GRACE
            _signal(children, signal.SIGTERM)
        _reap(children)


def _patience(children: list[Child], deadline: float | None) -> float:
    """Seconds until something is due without a signal."""
    now = time.monotonic()
    if deadline is not None:
        return max(0.05, deadline - now)
    waits = [child.due - now for child in children if not child.pid]
    return max(0.0, min(waits, default=3600.0))


def _start(child: Child) -> None:
    child.began = time.monotonic()
    parent = os.getpid()
    child.pid = os.fork()
    if child.pid:
        return
    code = 1
    try:
        _become(child.name, parent)
        code = child.run()
    except BaseException:
        log.exception("%s failed", child.name)
    finally:
        logging.shutdown()
        # Not sys.exit: the parent's clean-up, its lock and its socket are not ours.
        os._exit(code)


def _become(name: str, parent: int) -> None:
    """A child's own first steps: it dies with its parent, and takes signals again."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NAME, name.encode())
    if os.getppid() != parent:
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _reap(children: list[Child]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        for child in children:
            if child.pid == pid:
                _gone(child, os.waitstatus_to_exitcode(status))


def _gone(child: Child, code: int) -> None:
    now = time.monotonic()
    lived = now - child.began
    child.pause = PAUSE_FIRST if lived >= STEADY else min(child.pause * 2, PAUSE_MOST)
    child.pid = 0
    child.due = now + (0 if lived >= STEADY else child.pause)
    if code != 0:
        log.warning("%s ended with %s after %.0f s", child.name, code, lived)


def _signal(children: list[Child], number: signal.Signals) -> None:
    for child in children:
        if child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _in_child(work: Callable[[], int]) -> None:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = work()
        except BaseException:
            log.exception("Preparing the state database failed")
        finally:
            logging.shutdown()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(1)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the lock of a state directory; children hold it too, so a killed parent's children
    are gone before the next one begins."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _await_lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _await_lock(descriptor: int, path: Path) -> None:
    def too_late(*_: object) -> None:
        raise NuagesError(ALREADY_RUNNING, f"Another control plane holds {path}")

    former = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, LOCK_WITHIN)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


@contextlib.contextmanager
def _listen(path: Path) -> Iterator[socket.socket]:
    """The API's socket, open to our own user alone."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        mask = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        listener.listen(128)
        yield listener
        path.unlink(missing_ok=True)
