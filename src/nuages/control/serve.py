"""The parent of the control plane: imports once, forks the API and the worker, and waits small.

Both children share the pages of the one import. The parent holds the listening socket, so requests
wait while the API is started again, and a lock, so that a state directory has one control plane.
While they run it is another program in the same process (nuages.system.keeper), which comes back
here when one of them has to be forked again.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from nuages.control import bells
from nuages.control.errors import ALREADY_RUNNING
from nuages.control.keys import ensure_key
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.system.keeper import SIGNALS, Child, become_keeper, parse_child

log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
API, WORKER = "nuages-api", "nuages-worker"
# A killed predecessor's children are gone long before; after this, in seconds, somebody lives.
LOCK_WITHIN = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """What goes on through every exec of the parent: the descriptors of its lock, of the API's
    socket and of the bells, and the children."""

    lock: int
    listener: int
    to_worker: int
    to_api: int
    children: tuple[Child, ...] = field(default_factory=lambda: (Child(API), Child(WORKER)))

    @property
    def descriptors(self) -> tuple[int, ...]:
        """All of them, as `parse_held` takes them."""
        return (self.lock, self.listener, self.to_worker, self.to_api)


def parse_held(arguments: Sequence[str]) -> Held:
    """What `serve` was told by the keeper: descriptors and children. Raises ValueError."""
    lock, listener, to_worker, to_api, *children = arguments
    kept = tuple(map(parse_child, children))
    return Held(int(lock), int(listener), int(to_worker), int(to_api), kept)


def serve(home: Home, held: Held | None = None) -> NoReturn:
    """Start what is missing of the control plane of a state directory, and become its keeper.

    `held` is what the keeper had; None at the first start. Does not return. Raises control.E007
    where another control plane has the directory, OSError.
    """
    prepare_home(home)
    held = _hold(home) if held is None else _take_up(held)
    prepare_state(home)
    _share()
    gc.collect()
    gc.freeze()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    listener = socket.socket(fileno=held.listener)
    runs = {API: lambda: _run_api(listener), WORKER: lambda: _run_worker(home)}
    for child in held.children:
        if child.is_due():
            _start(child, runs[child.name])
    program = (sys.executable, "-P", "-m", "nuages.control", str(home.path))
    back = (*program, *map(str, held.descriptors))
    become_keeper(str(home.control_socket), back, held.descriptors, held.children)


def _hold(home: Home) -> Held:
    lock = _lock(home.run / "control.lock")
    listener = _listen(home.control_socket)
    return Held(lock, listener, bells.TO_WORKER.fileno(), bells.TO_API.fileno())


def _take_up(held: Held) -> Held:
    for descriptor in held.descriptors:
        os.set_inheritable(descriptor, False)
    bells.TO_WORKER.carry_on(held.to_worker)
    bells.TO_API.carry_on(held.to_api)
    return held


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


def _start(child: Child, run: Callable[[], int]) -> None:
    child.began = time.monotonic()
    parent = os.getpid()
    child.pid = os.fork()
    if child.pid:
        return
    code = 1
    try:
        _become(child.name, parent)
        code = run()
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
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


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


def _lock(path: Path) -> int:
    """Take the lock of a state directory; children hold it too, so a killed parent's children
    are gone before the next one begins. Its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def too_late(*_: object) -> None:
        raise NuagesError(ALREADY_RUNNING, f"Another control plane holds {path}")

    former = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, LOCK_WITHIN)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    return descriptor


def _listen(path: Path) -> int:
    """The API's socket, open to our own user alone; its descriptor."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(128)
    return listener.detach()
